package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.curve.CurveResampling;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;

/**
 * Rows sorted by their position on a line, by a sort of Spark's, to be cut into parts whose means are codewords. The
 * driver sees the weight of each partition and the sums of each part, but no row.
 *
 * <p>Rows at the same position come in the order of their weights and, where they enter the means, of their values:
 * how they were partitioned does not show.
 */
final class CurveResampler implements AutoCloseable {
    private final Broadcast<SerializedValue<SharedQuantizer>> line;
    private final int dimension;
    private final boolean ofRows;
    private final Dataset<Row> placed;
    private final JavaRDD<InternalRow> sorted;

    /** Weight of all rows up to the end of each partition. */
    private final double[] ends;

    /**
     * Sorts rows.
     *
     * @param blocks the rows, at least one
     * @param line on all executors
     * @param ofRows whether means are to be of the rows themselves rather than of their nearest points on the line
     */
    CurveResampler(
            JavaRDD<PackedBlock> blocks,
            int dimension,
            Broadcast<SerializedValue<SharedQuantizer>> line,
            boolean ofRows,
            SparkSession session) {
        this.line = line;
        this.dimension = dimension;
        this.ofRows = ofRows;
        this.placed =
                SparkInternals.dataFrame(session, placed(blocks, dimension, line, ofRows), PlacedRows.schema(ofRows));
        // the ranges of partitions are found in a pass of their own
        SparkInternals.persist(placed, "spark-nsvq rows by their places on a line");
        try {
            Column position = functions.col(PlacedRows.POSITION);
            Column weight = functions.col(PlacedRows.WEIGHT);
            Column[] order = ofRows
                    ? new Column[] {position, weight, functions.col(PlacedRows.VECTOR)}
                    : new Column[] {position, weight};
            sorted = SparkInternals.internalRows(
                    placed.repartitionByRange(position).sortWithinPartitions(order));
            ends = Jobs.onPartitions(sorted, (partition, rows) -> weight(rows)).stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            for (int i = 1; i < ends.length; i++) { // in their order, however many cores there are
                ends[i] += ends[i - 1];
            }
        } catch (RuntimeException | Error e) {
            placed.unpersist();
            throw e;
        }
    }

    private static JavaRDD<InternalRow> placed(
            JavaRDD<PackedBlock> blocks,
            int dimension,
            Broadcast<SerializedValue<SharedQuantizer>> line,
            boolean withVectors) {
        return blocks.mapPartitions(packed -> new PlacedRows(
                Iterators.map(packed, block -> block.has(dimension) ? block.rows() : null),
                line.value().value(),
                withVectors));
    }

    private static double weight(Iterator<InternalRow> rows) {
        double sum = 0;
        while (rows.hasNext()) {
            sum += PlacedRows.weight(rows.next());
        }
        return sum;
    }

    /** Returns the weight of all rows. */
    double weight() {
        return ends[ends.length - 1];
    }

    /** Returns the means of parts, {@code K x D}, in their order along the line. */
    FloatMatrix codewords(CurveResampling cut) {
        Summing summing = new Summing(line, cut, ends, dimension, ofRows);
        List<byte[]> found = Jobs.collect(sorted.mapPartitionsWithIndex(summing::of, false));
        CurveResampling.Means all = new CurveResampling.Means(cut, dimension);
        for (byte[] each : found) {
            Found of = SparkInternals.deserialize(each);
            all.mergeRange(of.firstPart(), of.means());
        }
        return all.codewords();
    }

    @Override
    public void close() {
        placed.unpersist();
    }

    /** What the rows of a partition say of the parts from a first one on. */
    private record Found(int firstPart, CurveResampling.Means means) implements Serializable {}

    /** What sums up the rows of each partition. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Summing(
            Broadcast<SerializedValue<SharedQuantizer>> line,
            CurveResampling cut,
            double[] ends,
            int dimension,
            boolean ofRows)
            implements Serializable {

        Iterator<byte[]> of(int partition, Iterator<InternalRow> rows) {
            if (!rows.hasNext()) {
                return Collections.emptyIterator();
            }
            double before = partition == 0 ? 0 : ends[partition - 1];
            return List.of(SparkInternals.serialize(sums(before, rows))).iterator();
        }

        private Found sums(double weightBefore, Iterator<InternalRow> rows) {
            SpaceFillingCurve curve = line.value().value().curve();
            CurveResampling.Means means = new CurveResampling.Means(cut, dimension);
            float[] point = new float[dimension];
            double before = weightBefore;
            while (rows.hasNext()) {
                InternalRow row = rows.next();
                float weight = PlacedRows.weight(row);
                if (ofRows) {
                    means.add(before, PlacedRows.vector(row), 0, weight);
                } else {
                    curve.point(PlacedRows.position(row), point, 0);
                    means.add(before, point, 0, weight);
                }
                before += weight;
            }
            int first = cut.part(weightBefore, 0);
            return new Found(first, means.range(first, cut.part(before, 0) + 1));
        }
    }
}
