package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How lists are cut into the work of tasks, and what these read. */
class BinsTest {
    private static final int ROWS = 200;
    private static final int CODE_SIZE = 128;

    @TempDir
    private Path directory;

    private static StoredFile stored(String path, long length) {
        return new StoredFile(path, length, 0, SavedFile.UNKNOWN, null);
    }

    /** A file of groups of 10 rows and 100 bytes, each of a range of lists. */
    private static ListFile file(String path, int[]... ranges) {
        List<ListFile.RowGroup> groups = new ArrayList<>();
        for (int[] range : ranges) {
            groups.add(new ListFile.RowGroup(range[0], range[1], 10, 100, 4 + 100L * groups.size()));
        }
        int last = ranges[ranges.length - 1][1];
        return new ListFile(stored(path, 100L * ranges.length + 50), ranges[0][0], last, groups);
    }

    private static ListFile skewed() {
        return file("a", new int[][] {{0, 9}, {10, 10}, {10, 10}, {10, 10}, {10, 10}, {10, 10}, {11, 20}});
    }

    @Test
    void aListThatIsMoreThanATaskShouldHoldIsARangeOfItsOwn() {
        Bins whole = Bins.whole(List.of(skewed()), 21, 60);
        assertArrayEquals(new int[] {0, 6, 10, 11, 17, 21}, whole.starts());
        for (ListReader.Bin bin : whole.all()) {
            assertTrue(bin.bytes() <= 60 || bin.to() - bin.from() == 1, bin.toString());
        }
        assertEquals(500, whole.all().get(2).bytes());
        ListReader.Piece piece = whole.all().get(2).pieces().get(0);
        assertEquals(104, piece.start()); // no other list's groups are read
        assertEquals(604, piece.end());
        assertEquals(50, piece.rows());
        assertEquals(5, whole.count());
    }

    @Test
    void aTaskReadsTheGroupsOfRowsOfItsLists() {
        List<ListReader.Piece> last = Bins.of(List.of(skewed()), 21, 60).all().stream()
                .filter(bin -> bin.from() == 17)
                .findFirst()
                .orElseThrow()
                .pieces();
        assertEquals(1, last.size());
        assertEquals(604, last.get(0).start());
        assertEquals(750, last.get(0).end()); // of the file
    }

    @Test
    void groupsOfRowsOfAListAreDealtOutWholeWhereTheyAreSmall() {
        int[][] groups = new int[12][];
        Arrays.fill(groups, new int[] {0, 0});
        Bins bins = Bins.of(List.of(file("a", groups), file("b", groups)), 1, 600);
        assertEquals(4, bins.count());
        List<ListReader.Piece> pieces =
                bins.all().stream().flatMap(bin -> bin.pieces().stream()).toList();
        assertEquals(4, pieces.size());
        for (ListReader.Piece piece : pieces) {
            assertEquals(60, piece.rows());
            assertEquals(1, piece.shares());
        }
    }

    @Test
    void rowsOfLargeGroupsAreDealtOut() {
        Bins bins = Bins.of(List.of(file("a", new int[][] {{0, 0}, {0, 0}})), 1, 50);
        assertEquals(4, bins.count());
        for (long row = 0; row < 20; row++) {
            long group = 4 + row / 10 * 100;
            long ofGroup = row % 10;
            assertEquals(
                    1,
                    bins.all().stream()
                            .flatMap(bin -> bin.pieces().stream())
                            .filter(piece -> piece.start() == group && piece.has(ofGroup))
                            .count());
        }
        assertEquals(
                20,
                Bins.of(List.of(file("a", new int[][] {{0, 0}, {0, 0}})), 1, 1).count()); // one a row
    }

    private ListFile written() throws IOException {
        SparkSession spark = SparkTestSession.get();
        String to = directory.resolve("lists").toString();
        String half = "sha2(cast(id * 2 + %d as string), 512)";
        spark.range(0, ROWS, 1, 1)
                .selectExpr(
                        "3 list",
                        "array(id * 2, id * 2 + 1) ids",
                        "cast(concat(" + half.formatted(0) + ", " + half.formatted(1) + ") as binary) codes")
                .write()
                .option("parquet.enable.dictionary", false) // whose bytes do not count
                .option("parquet.block.size", 4096)
                .option("parquet.page.size.row.check.min", 2)
                .parquet(to);
        try (var files = Files.list(Path.of(to))) {
            Path file = files.filter(each -> each.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            StoredFile stored = stored(file.toUri().toString(), Files.size(file));
            return ListFile.of(List.of(stored), SparkInternals.hadoopConfiguration(spark))
                    .get(0);
        }
    }

    private static ListReader reader() {
        SparkSession spark = SparkTestSession.get();
        ListSchema schema = new ListSchema(false, new StructType());
        return new ListReader(
                SparkInternals.parquetRows(spark, schema.stored()),
                schema,
                CODE_SIZE,
                new ListFilter(null, null, null, 0, false));
    }

    private static List<long[]> ids(Bins bins) {
        ListReader reader = reader();
        List<byte[]> sent = bins.all().stream().map(SparkInternals::serialize).toList();
        return SparkInternals.context(SparkTestSession.get())
                .parallelize(sent, sent.size())
                .map(bytes -> {
                    LongStream.Builder ids = LongStream.builder();
                    reader.lists(SparkInternals.deserialize(bytes), false)
                            .forEachRemaining(row -> LongStream.of(row.ids()).forEach(ids));
                    return ids.build().toArray();
                })
                .collect();
    }

    /** Read are the groups of rows that a part has a share of, hardly a row twice; each counts once. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 60})
    void partsOfAListReadTheirSharesOfAFile(int parts) throws IOException {
        ListFile file = written();
        assertTrue(file.groups().size() > 8, file.groups().size() + " groups of rows");
        long bytes = file.groups().stream().mapToLong(ListFile.RowGroup::bytes).sum();
        Bins bins = Bins.of(List.of(file), 5, (bytes + parts - 1) / parts);
        List<ListReader.Bin> ofList = bins.all().stream()
                .filter(bin -> bin.from() <= 3 && bin.to() > 3)
                .toList();
        assertEquals(parts, ofList.size());
        List<long[]> ids = ids(bins);
        assertArrayEquals(
                LongStream.range(0, 2 * ROWS).toArray(),
                ids.stream().flatMapToLong(LongStream::of).sorted().toArray());
        long largest = ids.stream().mapToLong(each -> each.length).max().orElse(0);
        assertTrue(largest <= 2 * 2 * ROWS / parts + 16, largest + " of a part");
        long read = ofList.stream()
                .flatMap(bin -> bin.pieces().stream())
                .mapToLong(ListReader.Piece::rows) // as the reader checks
                .sum();
        long largestGroup = file.groups().stream()
                .max(Comparator.comparingLong(ListFile.RowGroup::rows))
                .orElseThrow()
                .rows();
        assertTrue(read <= ROWS + 2L * parts * largestGroup, "all parts read " + read + " rows of " + ROWS);
        assertEquals(parts == 1, ofList.get(0).pieces().get(0).end() == file.length());
    }

    @Test
    void aFileOfOtherRowsThanItSaysIsRefused() throws IOException {
        ListFile file = written();
        List<ListFile.RowGroup> wrong = new ArrayList<>(file.groups());
        ListFile.RowGroup first = wrong.get(0);
        wrong.set(0, new ListFile.RowGroup(3, 3, first.rows() + 1, first.bytes(), first.start()));
        Bins bins = Bins.of(List.of(new ListFile(file.file(), 3, 3, wrong)), 5, Long.MAX_VALUE);
        Exception e = assertThrows(Exception.class, () -> ids(bins));
        assertTrue(e.getMessage().contains("is damaged: from byte 4 to "), e.getMessage());
    }
}
