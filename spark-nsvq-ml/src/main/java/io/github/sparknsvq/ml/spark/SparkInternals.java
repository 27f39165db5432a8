package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.ReadWriteUtils;
import org.apache.spark.paths.SparkPath;
import org.apache.spark.rdd.RDD;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;
import org.json4s.JObject;
import org.json4s.JString;
import org.json4s.JValue;
import scala.Function1;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * The one place that calls Spark's internals ({@code private[ml]}, {@code private[spark]}, Catalyst): public in
 * bytecode, but free to change with any release of Spark. Only {@code ml.encoding} and {@code ml.sql}, which add
 * operators to Spark's plans, have more of them.
 */
public final class SparkInternals {
    /** What Hadoop takes for a part of a pattern. */
    private static final Pattern PATTERN_CHARACTER = Pattern.compile("[{}\\[\\]*?\\\\]");

    /** What Spark says of a text for which its parser has not stack enough. */
    private static final String TOO_DEEP = "FAILED_TO_PARSE_TOO_COMPLEX";

    /** That of Spark's partitioning by hash. */
    private static final int HASH_SEED = 42;

    private SparkInternals() {}

    /** Returns a session's context. */
    public static JavaSparkContext context(SparkSession spark) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** Returns the machines that have a partition's rows, like {@code executor_host_2}; empty where all do. */
    public static List<String> locations(RDD<?> rdd, int partition) {
        return CollectionConverters.asJava(rdd.context().getPreferredLocs(rdd, partition)).stream()
                .map(Object::toString)
                .toList();
    }

    /** Returns a type whose parts may all be null. */
    public static DataType nullable(DataType type) {
        return type.asNullable();
    }

    /** Returns a data set's rows as Spark holds them: a row is reused for the next one. */
    public static JavaRDD<InternalRow> internalRows(Dataset<?> data) {
        return ((org.apache.spark.sql.classic.Dataset<?>) data)
                .queryExecution()
                .toRdd()
                .toJavaRDD();
    }

    /** Makes a data frame of rows as Spark holds them. */
    public static Dataset<Row> dataFrame(SparkSession spark, JavaRDD<InternalRow> rows, StructType schema) {
        return ((org.apache.spark.sql.classic.SparkSession) spark).internalCreateDataFrame(rows.rdd(), schema, false);
    }

    /**
     * Keeps a data set's rows, on disk where memory is full, until {@code unpersist}. Spark's tab Storage shows them
     * as {@code In-memory table NAME}, where {@code persist} would show their plan.
     */
    public static Dataset<Row> persist(Dataset<Row> rows, String name) {
        ((org.apache.spark.sql.classic.SparkSession) rows.sparkSession())
                .sharedState()
                .cacheManager()
                .cacheQuery(
                        (org.apache.spark.sql.classic.Dataset<?>) rows,
                        Option.apply(name),
                        StorageLevel.MEMORY_AND_DISK());
        return rows;
    }

    /** Makes the plan of some rows that the driver has. */
    public static LogicalPlan localRelation(StructType schema, List<InternalRow> rows) {
        List<Attribute> columns = List.copyOf(CollectionConverters.asJava(DataTypeUtils.toAttributes(schema)));
        return new LocalRelation(scalaList(columns), scalaList(rows), false, Option.empty());
    }

    /** Brings each row to the partition whose number, from 0 on, a column holds. */
    public static Dataset<Row> repartitionById(Dataset<Row> rows, int partitions, Column partition) {
        try {
            return rows.repartitionById(partitions, partition);
        } catch (NoSuchMethodError e) { // Spark 4.0 has not that method
            return repartitionByHash(rows, partitions, partition);
        }
    }

    /** Does the same with Spark's partitioning by hash, by numbers whose hashes are those of the partitions. */
    static Dataset<Row> repartitionByHash(Dataset<Row> rows, int partitions, Column partition) {
        int[] keys = new int[partitions];
        boolean[] found = new boolean[partitions];
        int missing = partitions;
        for (int key = 0; missing > 0; key++) {
            int place = Math.floorMod(Murmur3_x86_32.hashInt(key, HASH_SEED), partitions);
            if (!found[place]) {
                found[place] = true;
                keys[place] = key;
                missing--;
            }
        }
        return rows.repartition(partitions, functions.get(functions.lit(keys), partition));
    }

    /** Returns Hadoop's configuration as Spark sets it up, without a session. */
    public static Configuration hadoopConfiguration() {
        return SparkHadoopUtil.get().conf();
    }

    /** Returns a schema as the columns of a table of a data source. */
    public static org.apache.spark.sql.connector.catalog.Column[] tableColumns(StructType schema) {
        return Arrays.stream(schema.fields())
                .map(field -> org.apache.spark.sql.connector.catalog.Column.create(
                        field.name(), field.dataType(), field.nullable()))
                .toArray(org.apache.spark.sql.connector.catalog.Column[]::new);
    }

    /** Returns Hadoop's configuration with the session's settings over it. */
    public static Configuration hadoopConfiguration(SparkSession spark) {
        return ((org.apache.spark.sql.classic.SparkSession) spark)
                .sessionState()
                .newHadoopConf();
    }

    /** Returns into how many partitions Spark would split files of so many bytes. */
    public static long partitionsToRead(SparkSession spark, long bytes) {
        var session = (org.apache.spark.sql.classic.SparkSession) spark;
        long maxBytes = session.sessionState().conf().filesMaxPartitionBytes();
        return Math.max(session.leafNodeDefaultParallelism(), 1 + (bytes - 1) / maxBytes);
    }

    /**
     * A column that calls a method with another column's value as Spark holds it: unlike a user-defined function,
     * without boxing every element of an array.
     *
     * @param target whose public method is called; it travels to the executors
     * @param method its name; its one parameter takes the value, null included
     * @param returns what it returns, never null
     * @param argument the column
     * @param type the column's type
     */
    public static Column call(Serializable target, String method, DataType returns, Column argument, DataType type) {
        List<Expression> arguments = List.of(ExpressionUtils.expression(argument));
        List<AbstractDataType> types = List.of(type);
        return ExpressionUtils.column(new Invoke(
                Literal.fromObject(target),
                method,
                returns,
                scalaList(arguments),
                scalaList(types),
                false,
                false,
                true));
    }

    /** Returns a list as Catalyst takes it. */
    public static <T> scala.collection.immutable.Seq<T> scalaList(List<T> list) {
        return CollectionConverters.asScala(list).toList();
    }

    /** Serializes as Spark does its tasks: by Java serialization, whatever {@code spark.serializer} is. */
    public static byte[] serialize(Object value) {
        ByteBuffer buffer = javaSerializer().serialize(value, ClassTag.apply(Object.class));
        if (buffer.hasArray() && buffer.arrayOffset() == 0 && buffer.array().length == buffer.remaining()) {
            return buffer.array();
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** The inverse of {@link #serialize}, with the class loader that knows the jars of the application. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // as every deserializer: the caller knows what was serialized
    public static <T> T deserialize(byte[] bytes) {
        return javaSerializer().deserialize(ByteBuffer.wrap(bytes), ClassTag.apply(Object.class));
    }

    private static SerializerInstance javaSerializer() {
        return SparkEnv.get().closureSerializer().newInstance();
    }

    /** A condition on the fields of a row. For one thread. */
    public interface RowCondition {
        /**
         * Whether a row meets it.
         *
         * @param id of the row's vector, for messages
         */
        boolean test(InternalRow row, long id);
    }

    /**
     * Parses a condition, as Spark's own filter does.
     *
     * @param sql the condition
     * @param schema the columns that it may use
     * @return the condition, or null where every row meets it
     * @throws NsvqException if the text is no condition on these columns, or more than {@link FilterRules} let pass
     */
    public static ParsedCondition condition(SparkSession spark, String sql, StructType schema) {
        try {
            return parsed(spark, sql, schema);
        } catch (Exception | StackOverflowError e) { // AnalysisException is checked, but not declared
            String names = String.join(", ", schema.fieldNames());
            boolean deep = e instanceof StackOverflowError
                    || (e instanceof ParseException unparsed && TOO_DEEP.equals(unparsed.getCondition()));
            String reason = deep ? "it is nested too deep to be parsed" : Reason.of(e);
            throw new NsvqException(
                    "the filter " + Reason.quoted(sql) + " is no condition on the index's attributes, " + names + ": "
                            + reason,
                    e);
        }
    }

    private static ParsedCondition parsed(SparkSession spark, String sql, StructType schema) throws ParseException {
        FilterRules.checkText(sql);
        Expression parsed = ((org.apache.spark.sql.classic.SparkSession) spark)
                .sessionState()
                .sqlParser()
                .parseExpression(sql);
        FilterRules.check(parsed, schema);
        JavaRDD<InternalRow> none = context(spark).emptyRDD();
        LogicalPlan plan = ((org.apache.spark.sql.classic.Dataset<Row>)
                        dataFrame(spark, none, schema).filter(ExpressionUtils.column(parsed)))
                .queryExecution()
                .optimizedPlan();
        if (plan instanceof LocalRelation) {
            return new ParsedCondition(sql, Literal.FalseLiteral(), List.of());
        }
        LogicalPlan rows = plan instanceof Filter filter ? filter.child() : plan;
        Expression condition = plan instanceof Filter filter ? filter.condition() : null;
        if (!rows.children().isEmpty()
                || (condition != null && (!condition.deterministic() || SubqueryExpression.hasSubquery(condition)))) {
            throw new NsvqException("it is not decided by a row alone");
        }
        return condition == null
                ? null
                : new ParsedCondition(sql, condition, List.copyOf(CollectionConverters.asJava(rows.output())));
    }

    /**
     * A condition on its way to executors.
     *
     * @param sql the condition as users wrote it
     */
    public record ParsedCondition(String sql, Expression condition, List<Attribute> columns) implements Serializable {
        /**
         * Makes what tests rows, for one thread.
         *
         * @param named whether ids stand for strings, so that they tell users nothing
         */
        public RowCondition tester(boolean named) {
            BasePredicate predicate = Predicate.create(condition, scalaList(columns));
            predicate.initialize(0);
            return (row, id) -> {
                try {
                    return predicate.eval(row);
                } catch (RuntimeException e) {
                    String where = named
                            ? " fails on a vector's attributes: "
                            : " fails on the attributes of the vector with id " + id + ": ";
                    throw new NsvqException("the filter " + Reason.quoted(sql) + where + Reason.of(e), e);
                }
            };
        }
    }

    /** Reads the rows of Parquet files, on executors. */
    public record ParquetRows(Function1<PartitionedFile, scala.collection.Iterator<InternalRow>> reader)
            implements Serializable {
        /**
         * Reads a file: a row is reused for the next one.
         *
         * @param path of the file
         * @param length its bytes
         */
        public Iterator<InternalRow> read(String path, long length) {
            return read(path, length, 0, length);
        }

        /**
         * Reads the groups of rows of a file whose middle lies in a range of bytes.
         *
         * @param start the first byte of the range
         * @param end the byte behind it
         */
        public Iterator<InternalRow> read(String path, long length, long start, long end) {
            scala.collection.immutable.Map<String, Object> none = scala.collection.immutable.Map$.MODULE$.empty();
            SparkPath at = SparkPath.fromPath(new Path(path));
            PartitionedFile file =
                    new PartitionedFile(InternalRow.empty(), at, start, end - start, new String[0], 0, length, none);
            return CollectionConverters.asJava(reader.apply(file));
        }
    }

    /** Returns whether Parquet stores columns of a type. */
    public static boolean parquetTakes(DataType type) {
        return new ParquetFileFormat().supportDataType(type);
    }

    /** Has Parquet compare each page that it reads with the page's checksum. */
    private static Configuration verifying(Configuration configuration) {
        configuration.setBoolean(ParquetInputFormat.PAGE_VERIFY_CHECKSUM_ENABLED, true);
        return configuration;
    }

    /** Makes what reads columns of Parquet files, inside tasks alone. Checksums of pages are compared. */
    public static ParquetRows parquetRows(SparkSession spark, StructType schema) {
        scala.collection.immutable.Map<String, String> options =
                scala.collection.immutable.Map.from(CollectionConverters.asScala(Map.of("returning_batch", "false")));
        return new ParquetRows(new ParquetFileFormat()
                .buildReaderWithPartitionValues(
                        spark,
                        schema,
                        new StructType(),
                        schema,
                        scalaList(List.of()),
                        options,
                        verifying(hadoopConfiguration(spark))));
    }

    /** Writes a stage's params, and more values, to {@code path/metadata}. */
    public static void saveMetadata(Params stage, String path, SparkSession spark, Map<String, String> more) {
        @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
        Tuple2<String, JValue>[] fields = more.entrySet().stream()
                .map(e -> new Tuple2<String, JValue>(e.getKey(), new JString(e.getValue())))
                .toArray(Tuple2[]::new);
        JObject extra =
                new JObject(CollectionConverters.asScala(Arrays.asList(fields)).toList());
        DefaultParamsWriter.saveMetadata(stage, path, spark, Option.apply(extra));
    }

    /** What {@link #saveMetadata} wrote. */
    public record StageMetadata(String className, String uid, String json, DefaultParamsReader.Metadata all) {
        /** Returns what the stage is, for messages, as in {@code a VQModel}. */
        public String kind() {
            return Reason.withArticle(className.substring(className.lastIndexOf('.') + 1));
        }

        /** Gives a stage the params that were saved. */
        public void setParams(Params stage) {
            all.getAndSetParams(stage, Option.empty());
        }
    }

    /** Reads {@code path/metadata}. */
    public static StageMetadata loadMetadata(String path, SparkSession spark) {
        String named = savingLocally() ? path : literal(path);
        try {
            DefaultParamsReader.Metadata metadata = DefaultParamsReader.loadMetadata(named, spark, "");
            return new StageMetadata(metadata.className(), metadata.uid(), metadata.metadataJson(), metadata);
        } catch (NoSuchElementException e) { // Spark takes the first line without asking whether there is one
            throw new NsvqException("there is no text in the files of " + path + "/metadata", e);
        }
    }

    /** Returns what Spark reads a path by whose name holds characters of patterns, as brackets. */
    public static String literal(String path) {
        return PATTERN_CHARACTER.matcher(path).replaceAll("\\\\$0");
    }

    /** Whether Spark Connect is moving a model to the driver's own disk, without jobs. */
    public static boolean savingLocally() {
        try {
            return LocalSaving.isOn();
        } catch (NoClassDefFoundError e) { // Spark 4.0 does not move models so
            return false;
        }
    }

    /** Apart, since Spark 4.0 has not the class that it uses. */
    private static final class LocalSaving {
        static boolean isOn() {
            return (boolean) ReadWriteUtils.localSavingModeState().get();
        }
    }
}
