package io.github.sparknsvq.ml;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissIndex;
import io.github.sparknsvq.core.faiss.FaissWriter;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.storage.StorageLevel;

/**
 * Models, and codes with them, as files that FAISS opens: on any file system that Hadoop reaches, whole or not at
 * all, and each with its checksum in a file {@code NAME.crc32c} beside it.
 */
public final class FaissExport {
    /** Codes that travel to the driver together. */
    private static final int BLOCK = 1 << 14;

    private FaissExport() {}

    /** Consecutive codes and their ids. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    @DefaultSerializer(JavaSerializer.class) // Kryo by itself cannot read records
    private record Block(byte[] codes, long[] ids) implements Serializable {}

    /**
     * Writes a model's codebooks as an index without vectors.
     *
     * @param quantizer the model's quantizer
     * @param innerProduct whether FAISS is to search by inner product rather than squared Euclidean distance
     * @param path the file
     * @param overwrite whether it may replace what is there
     * @param spark the session, whose Hadoop settings apply
     * @throws NsvqException if the file is there and may not be replaced, or cannot be written
     */
    public static void write(
            Quantizer quantizer, boolean innerProduct, String path, boolean overwrite, SparkSession spark) {
        WholeWriter.saveFile(path, spark, overwrite, beside -> writeEmpty(quantizer, innerProduct, beside, spark));
    }

    /** Writes an index without vectors to a file that is not there yet. */
    static void writeEmpty(Quantizer quantizer, boolean innerProduct, String path, SparkSession spark) {
        write(writer(quantizer, innerProduct, 0, false), List.of(), path, spark);
    }

    /**
     * Writes codes, in the order of their ids, as an index with vectors; they pass through the driver, block by
     * block. Ids that are not 0, 1, 2 and so on are written, too.
     *
     * @param quantizer the quantizer of the model that made the codes
     * @param innerProduct whether FAISS is to search by inner product rather than squared Euclidean distance
     * @param codes a data set with a column of whole numbers, unique, and one of packed codes with all codebooks
     * @param idCol name of the column of ids
     * @param codeCol name of the column of codes
     * @param path the file
     * @param overwrite whether it may replace what is there
     * @return the number of codes
     * @throws NsvqException if a column is not there or of another type, an id or code is null, an id is there
     *     twice, a code has another length than the quantizer's, the file is there and may not be replaced, or it
     *     cannot be written
     */
    public static long write(
            Quantizer quantizer,
            boolean innerProduct,
            Dataset<Row> codes,
            String idCol,
            String codeCol,
            String path,
            boolean overwrite) {
        VectorColumn.type(codes.schema(), idCol, "ids (whole numbers)", IntegralType.class::isInstance);
        VectorColumn.type(codes.schema(), codeCol, "codes (binary)", DataTypes.BinaryType::equals);
        SparkSession spark = codes.sparkSession();
        Dataset<Row> sorted = codes.select(
                        VectorColumn.column(idCol).cast("bigint").as("id"),
                        VectorColumn.column(codeCol).as("code"))
                .orderBy("id");
        int size = quantizer.codeSize();
        JavaRDD<Block> blocks = SparkInternals.internalRows(sorted)
                .mapPartitions(rows -> blocks(rows, size).iterator())
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            long count = 0;
            boolean positions = true;
            long previous = -1;
            for (Iterator<long[]> all = blocks.map(Block::ids).toLocalIterator(); all.hasNext(); ) {
                for (long id : all.next()) {
                    if (count > 0 && id == previous) {
                        throw new NsvqException(
                                "codes to export have the id " + id + " more than once: ids must be unique");
                    }
                    previous = id;
                    positions &= id == count++;
                }
            }
            FaissWriter writer = writer(quantizer, innerProduct, count, !positions);
            WholeWriter.saveFile(
                    path, spark, overwrite, beside -> write(writer, blocks::toLocalIterator, beside, spark));
            return count;
        } finally {
            blocks.unpersist(false);
        }
    }

    private static FaissWriter writer(Quantizer quantizer, boolean innerProduct, long count, boolean ids) {
        Metric metric = innerProduct ? Metric.INNER_PRODUCT : Metric.L2;
        return new FaissWriter(new FaissIndex(quantizer, metric, count, ids));
    }

    private static List<Block> blocks(Iterator<InternalRow> rows, int size) {
        List<Block> blocks = new ArrayList<>();
        while (rows.hasNext()) {
            byte[] codes = new byte[BLOCK * size];
            long[] ids = new long[BLOCK];
            int n = 0;
            for (; n < BLOCK && rows.hasNext(); n++) {
                InternalRow row = rows.next();
                byte[] code = row.isNullAt(1) ? new byte[0] : row.getBinary(1);
                if (row.isNullAt(0) || code.length != size) {
                    throw new NsvqException(
                            "a code to export has " + (row.isNullAt(0) ? "no id" : "id " + row.getLong(0)) + " and "
                                    + code.length + " bytes: it should have an id and " + size + " bytes");
                }
                ids[n] = row.getLong(0);
                System.arraycopy(code, 0, codes, n * size, size);
            }
            blocks.add(new Block(Arrays.copyOf(codes, n * size), Arrays.copyOf(ids, n)));
        }
        return blocks;
    }

    private static void write(FaissWriter writer, Iterable<Block> blocks, String path, SparkSession spark) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            try (OutputStream out = new BufferedOutputStream(files.create(file, false), 1 << 16)) {
                writer.writeHeader(out);
                for (Block block : blocks) {
                    writer.writeCodes(block.codes(), 0, block.ids().length, out);
                }
                writer.writeTrailer(out);
                if (writer.index().hasIds()) {
                    for (Block block : blocks) {
                        writer.writeIds(block.ids(), 0, block.ids().length, out);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
