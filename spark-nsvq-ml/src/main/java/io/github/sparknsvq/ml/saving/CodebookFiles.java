package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A codebook as Parquet: {@code index: int, codeword: array<float>}, one row per codeword; the columns may have other
 * names.
 */
public final class CodebookFiles {
    private static final Columns USUAL = new Columns("index", "codeword");

    /**
     * Names of the columns.
     *
     * @param index of the codeword's number
     * @param codeword of the codeword
     */
    public record Columns(String index, String codeword) {
        StructType schema() {
            return new StructType()
                    .add(index, DataTypes.IntegerType, false)
                    .add(codeword, DataTypes.createArrayType(DataTypes.FloatType, false), false);
        }
    }

    /** Codewords of one file hold about this many bytes. */
    private static final long FILE_BYTES = 64L << 20;

    /** The index of a codeword that is null, or part of it. */
    private static final int NULL = Integer.MIN_VALUE;

    private CodebookFiles() {}

    /** A codeword on its way from or to a file. */
    @SuppressWarnings("ArrayRecordComponent") // sent, never compared
    private record Numbered(int index, float[] codeword) implements Serializable {}

    /** Writes a codebook to a directory that does not exist yet. */
    public static void save(FloatMatrix codebook, String path, SparkSession spark) {
        save(codebook, path, USUAL, spark);
    }

    /** Writes a codebook, under other names of columns, to a directory that does not exist yet. */
    public static void save(FloatMatrix codebook, String path, Columns columns, SparkSession spark) {
        if (SparkInternals.savingLocally()) {
            saveLocally(codebook, path);
            return;
        }
        List<byte[]> shipped = new ArrayList<>();
        for (int k = 0; k < codebook.rows(); k++) {
            shipped.add(SparkInternals.serialize(new Numbered(k, codebook.row(k))));
        }
        int files = (int) Math.max(1, 4L * codebook.values().length / FILE_BYTES);
        var rows = SparkInternals.context(spark).parallelize(shipped, files).map(CodebookFiles::row);
        SparkInternals.dataFrame(spark, rows, columns.schema()).write().parquet(path);
    }

    private static InternalRow row(byte[] shipped) {
        Numbered numbered = SparkInternals.deserialize(shipped);
        return new GenericInternalRow(
                new Object[] {numbered.index(), UnsafeArrayData.fromPrimitiveArray(numbered.codeword())});
    }

    /**
     * Reads a codebook.
     *
     * @param codewords how many codewords there should be
     * @param dimension of which dimension
     * @throws NsvqException if it is not there, cannot be read, or is not what it should be
     */
    public static FloatMatrix load(String path, int codewords, int dimension, SparkSession spark) {
        return load(path, codewords, dimension, USUAL, spark);
    }

    /** Reads a codebook that was written under other names of columns, as above. */
    public static FloatMatrix load(String path, int codewords, int dimension, Columns columns, SparkSession spark) {
        if (codewords < 1 || dimension < 1 || (long) codewords * dimension > Integer.MAX_VALUE) {
            throw damaged(path, "the metadata speaks of " + codewords + " codewords of dimension " + dimension, null);
        }
        if (SparkInternals.savingLocally()) {
            return loadLocally(path, codewords, dimension);
        }
        List<byte[]> shipped;
        try {
            Dataset<Row> data = spark.read()
                    .option(ParquetInputFormat.PAGE_VERIFY_CHECKSUM_ENABLED, true)
                    .parquet(SparkInternals.literal(path))
                    .select(columns.index(), columns.codeword());
            if (!data.schema()
                    .apply(columns.codeword())
                    .dataType()
                    .catalogString()
                    .equals("array<float>")) {
                throw damaged(path, "codewords are not array<float>", null);
            }
            // one more than there should be shows that there are too many, without reading them all
            shipped = Jobs.collect(
                    SparkInternals.internalRows(data.limit(codewords + 1)).map(CodebookFiles::shipped));
        } catch (NsvqException e) {
            throw e;
        } catch (Exception e) { // AnalysisException is checked, but not declared
            throw damaged(path, Reason.of(e), e);
        }
        if (shipped.size() != codewords) {
            String found = shipped.size() > codewords ? "more" : "only " + shipped.size();
            throw damaged(path, "it should hold " + codewords + " codewords, but holds " + found, null);
        }
        float[] values = new float[codewords * dimension];
        boolean[] seen = new boolean[codewords];
        for (byte[] one : shipped) {
            Numbered numbered = SparkInternals.deserialize(one);
            check(path, numbered, seen, dimension);
            seen[numbered.index()] = true;
            System.arraycopy(numbered.codeword(), 0, values, numbered.index() * dimension, dimension);
        }
        return new FloatMatrix(codewords, dimension, values);
    }

    /** For Spark Connect, which moves models that it does not need at the moment to a file of its own. */
    private static void saveLocally(FloatMatrix codebook, String path) {
        try (var out = new DataOutputStream(new BufferedOutputStream(newFile(path)))) {
            for (float value : codebook.values()) {
                out.writeFloat(value);
            }
        } catch (IOException e) {
            throw new NsvqException("cannot write " + path + ": " + Reason.of(e), e);
        }
    }

    private static OutputStream newFile(String path) throws IOException {
        Files.createDirectories(Paths.get(path).toAbsolutePath().getParent());
        return Files.newOutputStream(Paths.get(path));
    }

    private static FloatMatrix loadLocally(String path, int codewords, int dimension) {
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(Paths.get(path))))) {
            float[] values = new float[codewords * dimension];
            for (int i = 0; i < values.length; i++) {
                values[i] = in.readFloat();
            }
            return new FloatMatrix(codewords, dimension, values);
        } catch (IOException e) {
            throw damaged(path, Reason.of(e), e);
        }
    }

    private static byte[] shipped(InternalRow row) {
        ArrayData codeword = row.isNullAt(1) ? null : row.getArray(1);
        boolean whole = !row.isNullAt(0)
                && codeword != null
                && IntStream.range(0, codeword.numElements()).noneMatch(codeword::isNullAt);
        return SparkInternals.serialize(
                whole ? new Numbered(row.getInt(0), codeword.toFloatArray()) : new Numbered(NULL, new float[0]));
    }

    private static void check(String path, Numbered numbered, boolean[] seen, int dimension) {
        int k = numbered.index();
        if (k == NULL) {
            throw damaged(path, "an index, a codeword or a value is null", null);
        }
        if (k < 0 || k >= seen.length) {
            throw damaged(path, "it has a codeword " + k, null);
        }
        if (seen[k]) {
            throw damaged(path, "codeword " + k + " is there twice", null);
        }
        if (numbered.codeword().length != dimension) {
            throw damaged(
                    path, "codeword " + k + " has " + numbered.codeword().length + " values, not " + dimension, null);
        }
        for (float x : numbered.codeword()) {
            if (!Float.isFinite(x)) {
                throw damaged(path, "codeword " + k + " holds " + x, null);
            }
        }
    }

    private static NsvqException damaged(String path, String why, Exception cause) {
        return new NsvqException("the codebook in " + path + " is damaged or missing: " + why, cause);
    }
}
