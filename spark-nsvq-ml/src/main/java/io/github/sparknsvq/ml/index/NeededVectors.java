package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.DeferredRdd;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The ids of the vectors that queries need, where these are few: no other vectors are sent, and Spark's readers leave
 * out what cannot hold any. Parquet knows the least and the greatest id of each group of rows and, in it, of each
 * page. Spark's generated code calls the public methods that take an id as Spark holds it.
 *
 * @param ids on all executors, sorted: numbers, or the hashes of strings
 */
public record NeededVectors(Broadcast<long[]> ids) implements Serializable {
    /**
     * Spark's setting of the candidates, those of all queries together, up to which the driver collects their ids, 8
     * bytes each; and up to a {@value #NUMBERS_TO_NAMES}th of them, with ids that are strings, these too.
     */
    static final String SETTING = "spark.nsvq.maxCandidateIds";

    private static final long MOST = 2_000_000;
    private static final int NUMBERS_TO_NAMES = 20;

    /** Ranges of ids that readers are asked for. */
    static final int MOST_RANGES = 256;

    private static final int ID = 0;

    /** Ids that a partition needs, each once: hashes of strings with the strings, or numbers with null. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Ids(long[] numbers, byte[][] names) implements Serializable {}

    /** Called by Spark: whether a number is among the ids. */
    public boolean contains(long id) {
        return Arrays.binarySearch(ids.value(), id) >= 0;
    }

    /** Called by Spark: whether a string is among the ids. */
    public boolean containsName(UTF8String id) {
        return contains(NameHash.of(id));
    }

    /**
     * Reads the vectors that queries need if these are few, otherwise all. It is decided when the vectors are asked
     * for, by a job or two over what was found.
     *
     * @param found what bins found
     * @param kept neighbors of each query at most
     * @param vectors id and vector
     * @param all the same as rows, nothing left out
     * @throws io.github.sparknsvq.core.NsvqException if {@link #SETTING} is no whole number above 0
     */
    static JavaRDD<InternalRow> of(JavaRDD<byte[]> found, int kept, Dataset<?> vectors, JavaRDD<InternalRow> all) {
        long most = IndexContents.wholeNumber(vectors.sparkSession(), SETTING, MOST);
        return DeferredRdd.of(all.context(), () -> {
            long candidates = Jobs.onPartitions(found, (partition, blocks) -> count(blocks, kept)).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (candidates == 0) {
                return JavaSparkContext.fromSparkContext(all.context()).parallelize(List.of(), 1);
            }
            return candidates > most ? all : read(found, kept, vectors, all, candidates <= most / NUMBERS_TO_NAMES);
        });
    }

    private static long count(Iterator<byte[]> blocks, int kept) {
        long count = 0;
        for (Iterator<Neighbors> found = new FoundResults(blocks, kept).all(); found.hasNext(); ) {
            count += found.next().ids().length;
        }
        return count;
    }

    private static JavaRDD<InternalRow> read(
            JavaRDD<byte[]> found, int kept, Dataset<?> vectors, JavaRDD<InternalRow> all, boolean collectsNames) {
        boolean named = vectors.schema().apply(ID).dataType().equals(DataTypes.StringType);
        List<Ids> collected = Jobs.onPartitions(
                        found,
                        (partition, blocks) -> SparkInternals.serialize(ids(blocks, kept, named && collectsNames)))
                .stream()
                .map(SparkInternals::<Ids>deserialize)
                .toList();
        long[] numbers = collected.stream()
                .flatMapToLong(of -> Arrays.stream(of.numbers()))
                .sorted()
                .distinct()
                .toArray();
        NeededVectors needed =
                new NeededVectors(SparkInternals.context(vectors.sparkSession()).broadcast(numbers));
        if (DeferredRdd.shuffles(all.rdd())) {
            return all.filter(row -> !row.isNullAt(ID)
                    && (named ? needed.containsName(row.getUTF8String(ID)) : needed.contains(row.getLong(ID))));
        }
        Column id = VectorColumn.column(vectors.schema().fieldNames()[ID]);
        Column ranges;
        if (named) {
            ranges = collectsNames ? IdRanges.condition(id, names(collected), MOST_RANGES) : null;
        } else {
            ranges = IdRanges.condition(id, numbers, MOST_RANGES);
        }
        // first: a row that was read is compared with the ranges, which are for Spark's readers, if it is needed
        Column one = id.isNotNull()
                .and(SparkInternals.call(
                        needed,
                        named ? "containsName" : "contains",
                        DataTypes.BooleanType,
                        id,
                        named ? DataTypes.StringType : DataTypes.LongType));
        return SparkInternals.internalRows(vectors.filter(ranges == null ? one : one.and(ranges)));
    }

    private static Ids ids(Iterator<byte[]> blocks, int kept, boolean named) {
        LongStream.Builder numbers = LongStream.builder();
        TreeSet<UTF8String> names = new TreeSet<>();
        for (Iterator<Neighbors> found = new FoundResults(blocks, kept).all(); found.hasNext(); ) {
            Neighbors neighbors = found.next();
            Arrays.stream(neighbors.ids()).forEach(numbers::add);
            for (int i = 0; named && i < neighbors.ids().length; i++) {
                names.add(UTF8String.fromBytes(neighbors.names()[i]));
            }
        }
        return new Ids(
                numbers.build().sorted().distinct().toArray(),
                named ? names.stream().map(UTF8String::getBytes).toArray(byte[][]::new) : null);
    }

    private static UTF8String[] names(List<Ids> collected) {
        return collected.stream()
                .flatMap(of -> Arrays.stream(of.names()))
                .map(UTF8String::fromBytes)
                .sorted()
                .distinct()
                .toArray(UTF8String[]::new);
    }
}
