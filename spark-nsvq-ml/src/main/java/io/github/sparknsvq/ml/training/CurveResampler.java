package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.curve.CurveResampling;
import io.github.sparknsvq.core.training.curve.EvenResampling;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Arrays;
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
import org.apache.spark.storage.StorageLevel;

/**
 * Makes codebooks that are used evenly: rows are sorted by their position on a line, by a sort of Spark's, and cut
 * into parts of equal weight, whose means are the codewords. The driver sees the weight of each partition and the sums
 * of each part, but no row.
 *
 * <p>Rows at the same position come in the order of their weights and, where they enter the means, of their values:
 * how they were partitioned does not show.
 *
 * @param line the line on all executors
 * @param ofRows whether codewords are means of the rows themselves rather than of their nearest points on the line
 */
record CurveResampler(Broadcast<SerializedValue<SharedQuantizer>> line, boolean ofRows) implements Serializable {

    /** What the rows of a partition say of the parts from a first one on. */
    private record Found(int firstPart, CurveResampling.Means means) implements Serializable {}

    /**
     * Makes a codebook of so many codewords, {@code K x D}, in their order along the line.
     *
     * @param source the rows, to be counted by their nearest codewords
     * @param blocks the same rows
     */
    FloatMatrix codewords(
            StatisticsSource source, JavaRDD<PackedBlock> blocks, CurveCodebook wanted, SparkSession session) {
        int dimension = source.dimension();
        Dataset<Row> placed = placed(blocks, dimension, session);
        placed.persist(StorageLevel.MEMORY_AND_DISK()); // Spark looks for the ranges of partitions in a pass of its own
        try {
            Column position = functions.col(PlacedRows.POSITION);
            Column weight = functions.col(PlacedRows.WEIGHT);
            Column[] order = ofRows
                    ? new Column[] {position, weight, functions.col(PlacedRows.VECTOR)}
                    : new Column[] {position, weight};
            Dataset<Row> sorted = placed.repartitionByRange(position).sortWithinPartitions(order);
            if (wanted.evenIter() > 0) {
                sorted.persist(StorageLevel.MEMORY_AND_DISK()); // it is cut several times
            }
            try {
                JavaRDD<InternalRow> rows = SparkInternals.internalRows(sorted);
                double[] weights = weights(rows);
                EvenResampling.Cutter cutter = ends -> {
                    FloatMatrix means = means(rows, weights, ends, dimension);
                    if (wanted.unitLength()) {
                        UnitLength.normalize(means.values(), dimension);
                    }
                    return means;
                };
                return EvenResampling.train(cutter, source, wanted.codewords(), wanted.evenIter(), wanted.device());
            } finally {
                sorted.unpersist();
            }
        } finally {
            placed.unpersist();
        }
    }

    private Dataset<Row> placed(JavaRDD<PackedBlock> blocks, int dimension, SparkSession session) {
        JavaRDD<InternalRow> rows = blocks.mapPartitions(packed -> new PlacedRows(
                Iterators.map(packed, block -> block.has(dimension) ? block.rows() : null),
                line.value().value(),
                ofRows));
        return SparkInternals.dataFrame(session, rows, PlacedRows.schema(ofRows));
    }

    /** Returns the weight of each partition. */
    private static double[] weights(JavaRDD<InternalRow> sorted) {
        return sorted.mapPartitions(rows -> List.of(weight(rows)).iterator()).collect().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private FloatMatrix means(JavaRDD<InternalRow> sorted, double[] weights, double[] partEnds, int dimension) {
        double[] ends = weights.clone();
        Arrays.parallelPrefix(ends, Double::sum);
        CurveResampling cut = new CurveResampling(ends[ends.length - 1], partEnds);
        List<byte[]> found = sorted.mapPartitionsWithIndex(
                        (partition, rows) -> rows.hasNext()
                                ? List.of(SparkInternals.serialize(
                                                sums(rows, cut, ends[partition] - weights[partition], dimension)))
                                        .iterator()
                                : List.<byte[]>of().iterator(),
                        false)
                .collect();
        CurveResampling.Means all = new CurveResampling.Means(cut, dimension);
        for (byte[] each : found) {
            Found of = SparkInternals.deserialize(each);
            all.mergeRange(of.firstPart(), of.means());
        }
        return all.codewords();
    }

    private static double weight(Iterator<InternalRow> rows) {
        double sum = 0;
        while (rows.hasNext()) {
            sum += PlacedRows.weight(rows.next());
        }
        return sum;
    }

    private Found sums(Iterator<InternalRow> rows, CurveResampling cut, double weightBefore, int dimension) {
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
