package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.FaissIndex;
import io.github.sparknsvq.core.faiss.FaissWriter;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.saving.JoinedFile;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Models, and codes with them, as files that FAISS opens: on any file system that Hadoop reaches, whole or not at
 * all, and each with its checksum in a file {@code NAME.crc32c} beside it.
 */
public final class FaissExport {
    /** Codes that are written at a time. */
    private static final int BLOCK = 1 << 14;

    private FaissExport() {}

    /**
     * What a task wrote.
     *
     * @param count number of codes, 1 or more
     * @param first the lowest id
     * @param last the highest id
     * @param codes file of the codes
     * @param ids file of the ids
     */
    private record Part(long count, long first, long last, String codes, String ids) implements Serializable {}

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
     * Writes codes, in the order of their ids, as an index with vectors. The executors write them, a file for each
     * partition, which are then put one after the other; so the path must be on a file system that all share. Ids
     * that are not 0, 1, 2 and so on are written, too.
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
        FaissWriter codebooks =
                new FaissWriter(writer(quantizer, innerProduct, 0, false).codebooks());
        long[] count = new long[1];
        WholeWriter.saveFile(path, spark, overwrite, beside -> {
            Path target = new Path(beside);
            Path directory = JoinedFile.parts(target);
            try {
                FileSystem files = target.getFileSystem(SparkInternals.hadoopConfiguration(spark));
                try {
                    files.mkdirs(directory);
                    List<Part> parts = written(sorted, bytes(codebooks), directory.toString());
                    count[0] = parts.stream().mapToLong(Part::count).sum();
                    // unique ids, as are asserted, from 0 to count - 1 are the positions
                    boolean ids = count[0] > 0
                            && (parts.get(0).first() != 0
                                    || parts.get(parts.size() - 1).last() != count[0] - 1);
                    write(writer(quantizer, innerProduct, count[0], ids), parts, beside, spark);
                } finally {
                    files.delete(directory, true);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return count[0];
    }

    /** Has the executors write sorted codes; returns what there is of each partition, in order. */
    private static List<Part> written(Dataset<Row> sorted, byte[] codebooks, String directory) {
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(sorted.sparkSession().sparkContext());
        Broadcast<byte[]> shared = context.broadcast(codebooks);
        try {
            PartWriter writer = new PartWriter(
                    shared,
                    directory,
                    new SerializableConfiguration(SparkInternals.hadoopConfiguration(sorted.sparkSession())));
            List<Part> parts = new ArrayList<>();
            for (byte[] each : Jobs.collect(SparkInternals.internalRows(sorted).mapPartitions(writer))) {
                Part part = SparkInternals.deserialize(each);
                if (!parts.isEmpty() && parts.get(parts.size() - 1).last() == part.first()) {
                    throw twice(part.first());
                }
                parts.add(part);
            }
            return parts;
        } finally {
            shared.destroy();
        }
    }

    private static NsvqException twice(long id) {
        return new NsvqException("codes to export have the id " + id + " more than once: ids must be unique");
    }

    private static FaissWriter writer(Quantizer quantizer, boolean innerProduct, long count, boolean ids) {
        Metric metric = innerProduct ? Metric.INNER_PRODUCT : Metric.L2;
        return new FaissWriter(new FaissIndex(quantizer, metric, count, ids));
    }

    private static byte[] bytes(FaissWriter writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        writer.writeHeader(bytes);
        writer.writeTrailer(bytes);
        return bytes.toByteArray();
    }

    /** Writes the codes and ids of a partition, sorted by id, to files. */
    private record PartWriter(Broadcast<byte[]> codebooks, String directory, SerializableConfiguration configuration)
            implements FlatMapFunction<Iterator<InternalRow>, byte[]> {

        @Override
        public Iterator<byte[]> call(Iterator<InternalRow> rows) throws IOException {
            if (!rows.hasNext()) {
                return Collections.emptyIterator();
            }
            byte[] file = codebooks.value();
            Quantizer quantizer = FaissFiles.outline(new ByteArrayInputStream(file), file.length, "codebooks")
                    .quantizer()
                    .codes();
            FaissWriter writer = FaissExport.writer(quantizer, false, 0, false);
            // an attempt of its own: a task may run twice
            String name = directory + "/" + TaskContext.get().taskAttemptId();
            Path codes = new Path(name + ".codes");
            Path ids = new Path(name + ".ids");
            FileSystem files = codes.getFileSystem(configuration.value());
            try (OutputStream codesOut = JoinedFile.createPart(files, codes);
                    OutputStream idsOut = JoinedFile.createPart(files, ids)) {
                Part part = write(rows, quantizer.codeSize(), writer, codesOut, idsOut, codes, ids);
                return List.of(SparkInternals.serialize(part)).iterator();
            }
        }

        private static Part write(
                Iterator<InternalRow> rows,
                int size,
                FaissWriter writer,
                OutputStream codesOut,
                OutputStream idsOut,
                Path codesFile,
                Path idsFile)
                throws IOException {
            byte[] codes = new byte[BLOCK * size];
            long[] ids = new long[BLOCK];
            long count = 0;
            long first = 0;
            long last = 0;
            while (rows.hasNext()) {
                int n = 0;
                for (; n < BLOCK && rows.hasNext(); n++) {
                    InternalRow row = rows.next();
                    System.arraycopy(checked(row, size), 0, codes, n * size, size);
                    ids[n] = row.getLong(0);
                    first = count + n == 0 ? ids[n] : first;
                    if (count + n > 0 && ids[n] == last) {
                        throw twice(last);
                    }
                    last = ids[n];
                }
                writer.writeCodes(codes, 0, n, codesOut);
                writer.writeIds(ids, 0, n, idsOut);
                count += n;
            }
            return new Part(count, first, last, codesFile.toString(), idsFile.toString());
        }

        private static byte[] checked(InternalRow row, int size) {
            byte[] code = row.isNullAt(1) ? new byte[0] : row.getBinary(1);
            if (row.isNullAt(0) || code.length != size) {
                throw new NsvqException("a code to export has " + (row.isNullAt(0) ? "no id" : "id " + row.getLong(0))
                        + " and " + code.length + " bytes: it should have an id and " + size + " bytes");
            }
            return code;
        }
    }

    private static void write(FaissWriter writer, List<Part> parts, String path, SparkSession spark) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            List<Path> following = new ArrayList<>();
            parts.forEach(part -> following.add(new Path(part.codes())));
            if (parts.isEmpty()) {
                JoinedFile.join(
                        files,
                        file,
                        out -> {
                            writer.writeHeader(out);
                            writer.writeTrailer(out);
                        },
                        List.of());
                return;
            }
            ByteArrayOutputStream trailer = new ByteArrayOutputStream();
            writer.writeTrailer(trailer);
            if (trailer.size() > 0) {
                Path between = new Path(JoinedFile.parts(file), "trailer");
                try (OutputStream out = files.create(between, true)) {
                    trailer.writeTo(out);
                }
                following.add(between);
            }
            if (writer.index().hasIds()) {
                parts.forEach(part -> following.add(new Path(part.ids())));
            }
            JoinedFile.join(files, file, writer::writeHeader, following);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
