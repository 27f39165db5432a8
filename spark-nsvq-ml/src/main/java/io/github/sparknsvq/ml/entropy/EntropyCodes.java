package io.github.sparknsvq.ml.entropy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.entropy.BlockCoder;
import io.github.sparknsvq.core.entropy.FrequencyTable;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.saving.ChecksummedJson;
import io.github.sparknsvq.ml.saving.Damage;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.saving.SavedFiles;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Codes of vectors in a directory, entropy-coded: in about as many bytes as {@code bits} says that codes are worth,
 * with the columns beside them, such as ids. What is read back is what was written, row by row; rows of a block stay
 * together.
 *
 * <p>The directory holds
 *
 * <ul>
 *   <li>{@code blocks/}, Parquet, a row for each block of up to {@value #ROWS_PER_BLOCK} rows: {@code count: int},
 *       how many there are; {@code coded: binary}, their codes as {@link BlockCoder} has them; {@code rows:
 *       array<struct<..>>}, the columns beside them, in the same order;
 *   <li>{@code tables/}, Parquet, a row for each codebook and one for how many indices codes have: {@code codebook:
 *       int}, from 0 on, null for the latter; {@code precision: int}; {@code frequencies: array<int>}, a part of
 *       {@code 2^precision} for each codeword;
 *   <li>{@code entropy.json}, written last: the column of codes, the sizes of the codebooks, how many rows and bytes
 *       there are, and the length and CRC-32C of each file.
 * </ul>
 */
public final class EntropyCodes {
    /** Rows of a block; the last one of each partition has what is left. */
    public static final int ROWS_PER_BLOCK = 16_384;

    private static final String FILE = "entropy.json";
    private static final String BLOCKS = "blocks";
    private static final String TABLES = "tables";
    private static final String COUNT = "count";
    private static final String CODED = "coded";
    private static final String KEPT = "rows";

    private static final StructType TABLE_SCHEMA = new StructType()
            .add("codebook", DataTypes.IntegerType, true)
            .add("precision", DataTypes.IntegerType, false)
            .add("frequencies", DataTypes.createArrayType(DataTypes.IntegerType, false), false);

    private final String path;
    private final SparkSession spark;
    private final CodeColumn column;
    private final List<SavedFile> files;
    private final Size size;

    private EntropyCodes(String path, SparkSession spark, CodeColumn column, List<SavedFile> files, Size size) {
        this.path = path;
        this.spark = spark;
        this.column = column;
        this.files = files;
        this.size = size;
    }

    /**
     * How large entropy-coded codes are.
     *
     * @param rows how many codes
     * @param blocks how many blocks
     * @param codedBytes of the coded codes, with 12 bytes and up to 4 more for each block
     * @param tableBytes of the files of frequency tables
     * @param otherBytes of the rest of the blocks' files: the columns beside the codes, and what Parquet adds
     */
    public record Size(long rows, long blocks, long codedBytes, long tableBytes, long otherBytes) {
        /** Returns the bits of a code, mean over rows; NaN without rows. */
        public double codedBits() {
            return 8.0 * codedBytes / rows;
        }
    }

    /**
     * Writes codes. They are read twice, first to count how often each codeword is used: persist them where encoding
     * is slow.
     *
     * @param codes what a model of one or several codebooks gave: the column of its codes (packed ones or, where
     *     there are none, indices), and any others, which are kept
     * @param model that gave them
     * @param path directory to write, where nothing is yet
     * @throws NsvqException if there is something, or no column of codes, or it holds what the model does not give
     */
    public static Size write(Dataset<Row> codes, QuantizerModel<?, ?> model, String path) {
        SparkSession spark = codes.sparkSession();
        NsvqException.unless(!StageFiles.exists(path, "", spark), path + " exists already: codes are written anew");
        CodeColumn column = column(codes, model);
        BlockCoder coder = BlockCoder.of(usage(codes, column));
        Column[] kept = Arrays.stream(codes.columns())
                .filter(name -> !name.equals(column.name))
                .map(VectorColumn::column)
                .toArray(Column[]::new);
        Column code = VectorColumn.column(column.name);
        Dataset<Row> arranged = kept.length == 0
                ? codes.select(code)
                : codes.select(code, functions.struct(kept).as(KEPT));
        BlockWriter writer = new BlockWriter(column, coder, kept.length, ROWS_PER_BLOCK);
        JavaRDD<InternalRow> blocks = SparkInternals.internalRows(arranged).mapPartitions(writer::blocks);
        SparkInternals.dataFrame(spark, blocks, blockSchema(arranged.schema()))
                .write()
                // ids that follow each other take few bits so
                .option("parquet.writer.version", "PARQUET_2_0")
                .option("parquet.enable.dictionary", "false")
                .parquet(new Path(path, BLOCKS).toString());
        tables(spark, coder).coalesce(1).write().parquet(new Path(path, TABLES).toString());
        return describe(path, spark, column);
    }

    private static CodeColumn column(Dataset<Row> codes, QuantizerModel<?, ?> model) {
        List<String> names = List.of(codes.columns());
        int[] sizes;
        CodeColumn column;
        if (model instanceof VQModel one) {
            sizes = new int[] {one.shared().layout().total()};
            column = new CodeColumn(one.getPredictionCol(), CodeColumn.Form.INDEX, sizes);
        } else if (model instanceof CodeModel<?> several) {
            sizes = several.shared().layout().sizes();
            column = names.contains(several.getCodeCol())
                    ? new CodeColumn(several.getCodeCol(), CodeColumn.Form.PACKED, sizes)
                    : new CodeColumn(several.getCodesCol(), CodeColumn.Form.INDICES, sizes);
        } else {
            throw new NsvqException("only codes of codebooks are entropy-coded: the positions that "
                    + model.getClass().getSimpleName() + " gives are no codes of codewords");
        }
        NsvqException.unless(
                names.contains(column.name),
                "there is no column '" + column.name + "' of codes: there are " + String.join(", ", names));
        var type = codes.schema().apply(column.name).dataType();
        NsvqException.unless(
                SparkInternals.nullable(type).equals(SparkInternals.nullable(column.form.type())),
                "column '" + column.name + "' is " + type.catalogString() + ", where codes of this model are "
                        + column.form.type().catalogString());
        return column;
    }

    /** Counts how often codewords are used. */
    private static CodeUsage usage(Dataset<Row> codes, CodeColumn column) {
        int[] sizes = column.sizes;
        byte[] none = new byte[0];
        // as bytes: spark.serializer may be Kryo
        byte[] counted = SparkInternals.internalRows(codes.select(VectorColumn.column(column.name)))
                .mapPartitions(rows -> {
                    CodeUsage usage = new CodeUsage(sizes);
                    int[] indices = new int[sizes.length];
                    double[] errors = new double[sizes.length];
                    while (rows.hasNext()) {
                        int length = column.read(rows.next(), indices, 0);
                        usage.add(length == sizes.length ? indices : Arrays.copyOf(indices, length), errors, 1);
                    }
                    return List.of(SparkInternals.serialize(usage)).iterator();
                })
                .treeAggregate(none, EntropyCodes::merged, EntropyCodes::merged);
        return counted.length == 0 ? new CodeUsage(sizes) : SparkInternals.deserialize(counted);
    }

    private static byte[] merged(byte[] one, byte[] other) {
        if (one.length == 0 || other.length == 0) {
            return one.length == 0 ? other : one;
        }
        CodeUsage usage = SparkInternals.deserialize(one);
        usage.add(SparkInternals.<CodeUsage>deserialize(other));
        return SparkInternals.serialize(usage);
    }

    private static StructType blockSchema(StructType arranged) {
        StructType schema =
                new StructType().add(COUNT, DataTypes.IntegerType, false).add(CODED, DataTypes.BinaryType, false);
        return arranged.length() == 1
                ? schema
                : schema.add(
                        KEPT, DataTypes.createArrayType(arranged.apply(KEPT).dataType(), false), false);
    }

    private static Dataset<Row> tables(SparkSession spark, BlockCoder coder) {
        List<Row> rows = new ArrayList<>();
        rows.add(row(null, coder.lengths()));
        for (int m = 0; m < coder.codebooks().size(); m++) {
            rows.add(row(m, coder.codebooks().get(m)));
        }
        return spark.createDataFrame(rows, TABLE_SCHEMA);
    }

    private static Row row(Integer codebook, FrequencyTable table) {
        return RowFactory.create(codebook, table.precision(), table.frequencies());
    }

    /** Measures what was written, and writes the description. */
    private static Size describe(String path, SparkSession spark, CodeColumn column) {
        Row sums = spark.read()
                .parquet(SparkInternals.literal(new Path(path, BLOCKS).toString()))
                .agg(
                        functions.coalesce(functions.sum(COUNT), functions.lit(0L)),
                        functions.count(functions.lit(1)),
                        functions.coalesce(
                                functions.sum(functions.octet_length(functions.col(CODED))), functions.lit(0L)))
                .head();
        try {
            Path root = new Path(path);
            FileSystem files = root.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            List<SavedFile> saved = SavedFiles.measure(files.makeQualified(root), listed(files, root), null, spark);
            ObjectNode json = ChecksummedJson.create();
            json.put("column", column.name).put("form", column.form.label());
            Arrays.stream(column.sizes).forEach(json.putArray("codewords")::add);
            json.put("rows", sums.getLong(0)).put(BLOCKS, sums.getLong(1)).put("codedBytes", sums.getLong(2));
            json.set("files", SavedFile.toJson(saved));
            ChecksummedJson.write(files, new Path(root, FILE), json);
            return size(json, saved);
        } catch (IOException e) {
            throw new NsvqException(path + " cannot be written: " + Reason.of(e), e);
        }
    }

    private static Map<String, FileStatus> listed(FileSystem files, Path root) throws IOException {
        Map<String, FileStatus> found = new LinkedHashMap<>(SavedFiles.list(files, root, BLOCKS));
        found.putAll(SavedFiles.list(files, root, TABLES));
        return found;
    }

    private static Size size(JsonNode json, List<SavedFile> files) {
        long coded = json.path("codedBytes").asLong();
        return new Size(
                json.path("rows").asLong(),
                json.path(BLOCKS).asLong(),
                coded,
                bytes(files, TABLES),
                bytes(files, BLOCKS) - coded);
    }

    private static long bytes(List<SavedFile> files, String part) {
        return files.stream()
                .filter(file -> file.name().startsWith(part + "/"))
                .mapToLong(SavedFile::length)
                .sum();
    }

    /** Returns whether a directory holds entropy-coded codes. */
    public static boolean isAt(String path, SparkSession spark) {
        return StageFiles.exists(path, FILE, spark);
    }

    /**
     * Opens a directory of codes, and compares which files are there, and how long they are, with what was written.
     *
     * @throws NsvqException if there are none, or a file is missing, additional or of another length
     */
    public static EntropyCodes open(String path, SparkSession spark) {
        NsvqException.unless(isAt(path, spark), path + " holds no entropy-coded codes: it has no " + FILE);
        try {
            Path root = new Path(path);
            FileSystem files = root.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            JsonNode json = ChecksummedJson.read(files, new Path(root, FILE)).json();
            List<SavedFile> saved = SavedFile.fromJson(json.path("files"));
            SavedFiles.checkLengths(files.makeQualified(root), saved, listed(files, root));
            int[] sizes = new int[json.path("codewords").size()];
            Arrays.setAll(sizes, m -> json.path("codewords").path(m).asInt());
            CodeColumn.Form form = Stream.of(CodeColumn.Form.values())
                    .filter(each -> each.label().equals(json.path("form").asText()))
                    .findFirst()
                    .orElseThrow(() -> new NsvqException(
                            path + " holds codes of form " + json.path("form") + ", which this release cannot read"));
            CodeColumn column = new CodeColumn(json.path("column").asText(), form, sizes);
            return new EntropyCodes(path, spark, column, saved, size(json, saved));
        } catch (IOException e) {
            throw Reason.failed(path + " cannot be read", e);
        }
    }

    /** Returns how large the codes are. */
    public Size size() {
        return size;
    }

    /** Returns the name of the column of codes. */
    public String codeCol() {
        return column.name;
    }

    /** Returns how many codewords each codebook has. */
    public int[] codewords() {
        return column.sizes.clone();
    }

    /**
     * Decodes the codes.
     *
     * @return the columns that were written beside the codes, and the column of codes, as the model's {@code decode}
     *     takes it; a damaged block is a {@link io.github.sparknsvq.core.io.CorruptFileException} when it is read
     */
    public Dataset<Row> codes() {
        Dataset<Row> blocks = parquet(BLOCKS);
        List<String> stored = List.of(blocks.columns());
        List<Column> wanted =
                new ArrayList<>(List.of(functions.input_file_name(), functions.col(COUNT), functions.col(CODED)));
        StructType kept = new StructType();
        if (stored.contains(KEPT)) {
            wanted.add(functions.col(KEPT));
            kept = (StructType) ((ArrayType) blocks.schema().apply(KEPT).dataType()).elementType();
        }
        BlockReader reader = new BlockReader(column, coder(), kept);
        JavaRDD<InternalRow> rows = SparkInternals.internalRows(blocks.select(wanted.toArray(Column[]::new)))
                .mapPartitions(reader::rows);
        StructField code = new StructField(column.name, column.form.type(), false, Metadata.empty());
        return SparkInternals.dataFrame(spark, rows, kept.add(code));
    }

    private Dataset<Row> parquet(String part) {
        return spark.read().parquet(SparkInternals.literal(new Path(path, part).toString()));
    }

    private BlockCoder coder() {
        FrequencyTable[] tables = new FrequencyTable[column.sizes.length + 1];
        for (Row row : parquet(TABLES).collectAsList()) {
            int at = row.isNullAt(0) ? column.sizes.length : row.getInt(0);
            int[] frequencies =
                    row.<Integer>getList(2).stream().mapToInt(Integer::intValue).toArray();
            NsvqException.unless(
                    at >= 0
                            && at < tables.length
                            && frequencies.length == (at == column.sizes.length ? at : column.sizes[at]),
                    path + "/" + TABLES + " is damaged: a table fits no codebook");
            tables[at] = table(path, row.getInt(1), frequencies);
        }
        List<FrequencyTable> all = Arrays.asList(tables);
        NsvqException.unless(!all.contains(null), path + "/" + TABLES + " is damaged: a table is missing");
        return new BlockCoder(all.get(column.sizes.length), all.subList(0, column.sizes.length));
    }

    /** Makes a table of what its file holds. */
    static FrequencyTable table(String path, int precision, int[] frequencies) {
        try {
            return new FrequencyTable(precision, frequencies);
        } catch (NsvqException e) {
            throw new NsvqException(path + "/" + TABLES + " is damaged: " + e.getMessage(), e);
        }
    }

    /**
     * Reads all files, compares their checksums with what was written, and decodes all codes.
     *
     * @throws NsvqException if something is damaged, missing or additional
     */
    public void verify() {
        try {
            Path root = new Path(path);
            FileSystem fileSystem = root.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Damage damage = new Damage();
            SavedFiles.verify(fileSystem.makeQualified(root), files, listed(fileSystem, root), damage, spark);
            damage.throwIfAny();
        } catch (IOException e) {
            throw Reason.failed(path + " cannot be read", e);
        }
        long decoded = SparkInternals.internalRows(codes()).count();
        NsvqException.unless(
                decoded == size.rows(), path + " holds " + decoded + " codes, " + size.rows() + " were written");
    }

    /** Returns the number of files of blocks and of tables. */
    public int files() {
        return files.size();
    }
}
