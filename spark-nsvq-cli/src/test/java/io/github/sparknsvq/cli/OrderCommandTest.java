package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows in their order along a line. */
class OrderCommandTest extends CommandTest {
    private static final FloatMatrix ROWS = rows(300, 5);

    /** A line past the eight centers of {@link #rows}, each next to the one before. */
    private Path line() {
        int[] way = {0, 1, 3, 2, 6, 7, 5, 4};
        float[] corners = new float[way.length * DIMENSION];
        IntStream.range(0, way.length * 3)
                .forEach(i -> corners[i / 3 * DIMENSION + i % 3] = 10 * (way[i / 3] >> i % 3 & 1));
        Path path = directory.resolve("line");
        TrainCommand.save(
                new SpaceFillingVQModel("line", new FloatMatrix(way.length, DIMENSION, corners)), path.toString());
        return path;
    }

    @Override
    Path path(String word) {
        return word.equals("{line}") ? line() : super.path(word);
    }

    /** A table with more columns than the vectors. */
    private Path items() {
        vectors("base.fvecs", ROWS);
        spark.read()
                .format("fvecs")
                .load(directory.resolve("base.fvecs").toString())
                .createOrReplaceTempView("base");
        return table("items", "select concat('n', id) as name, id, features as v, map('a', id) as more from base");
    }

    /** The footers of the files of a table in their order, row group by row group. */
    private static List<BlockMetaData> rowGroups(Path table) throws IOException {
        List<BlockMetaData> groups = new ArrayList<>();
        try (Stream<Path> files = Files.list(table)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".parquet"))
                    .sorted()
                    .toList()) {
                try (ParquetFileReader reader = ParquetFileReader.open(
                        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
                    groups.addAll(reader.getFooter().getBlocks());
                }
            }
        }
        return groups;
    }

    @ParameterizedTest
    @CsvSource({"1, 20", "4, 1000", "3, 25"})
    void rowsAreSortedByPositionInSmallRowGroups(int partitions, int rowGroupRows) throws IOException {
        Path line = line();
        Path items = items();
        Path ordered = directory.resolve("ordered");
        JsonNode json = nsvq(
                        "order --features-col v --position-col at",
                        "--model",
                        line,
                        "--input",
                        items,
                        "--partitions",
                        partitions,
                        "--row-group-rows",
                        rowGroupRows,
                        "--output",
                        ordered)
                .json();
        assertKeys("rows dimension codewords segments length positionCol orderSeconds output version", json);
        assertEquals(300, json.get("rows").asInt());
        assertEquals("at", json.get("positionCol").asText());

        List<Row> rows = spark.read().parquet(ordered.toString()).collectAsList();
        assertEquals(
                "name, id, v, more, at",
                String.join(", ", spark.read().parquet(ordered.toString()).columns()));
        SpaceFillingCurve curve = SpaceFillingVQModel.load(line.toString()).curve();
        Set<Long> ids = new HashSet<>();
        for (Row row : rows) {
            long id = row.getLong(1);
            assertTrue(ids.add(id));
            assertEquals("n" + id, row.getString(0));
            assertEquals(id, row.getJavaMap(3).get("a"));
            assertEquals(position(curve, ROWS.row((int) id)), row.getDouble(4), 1e-6);
        }
        assertEquals(300, ids.size());

        double before = -1;
        List<BlockMetaData> groups = rowGroups(ordered);
        assertTrue(groups.size() >= Math.max(partitions, 300 / rowGroupRows), groups.size() + " row groups");
        for (BlockMetaData group : groups) {
            assertTrue(group.getRowCount() <= rowGroupRows);
            var positions =
                    group.getColumns().get(group.getColumns().size() - 1).getStatistics();
            double least = (Double) positions.genericGetMin();
            assertTrue(least >= before, least + " after " + before);
            before = (Double) positions.genericGetMax();
        }
    }

    private static double position(SpaceFillingCurve curve, float[] row) {
        int[] segment = new int[1];
        float[] share = new float[1];
        curve.projector(SpaceFillingCurve.Search.EXACT).project(row, 0, 1, segment, share, new float[1]);
        return curve.position(segment[0], share[0]);
    }

    @Test
    void ordersVectorFilesAndLeavesInvalidRowsOut() {
        Path line = line();
        Path ordered = directory.resolve("ordered");
        nsvq("order", "--model", line, "--input", vectors("base.fvecs", ROWS), "--output", ordered)
                .json();
        assertEquals(
                "struct<id:bigint,features:array<float>,position:double>",
                spark.read().parquet(ordered.toString()).schema().catalogString());
        Path few = table("few", "select id, if(id = 2, null, array(id, id, 0, 0)) as features from range(5)");
        JsonNode json = nsvq(
                        "order --handle-invalid skip --search corners --mode overwrite",
                        "--model",
                        line,
                        "--input",
                        few,
                        "--output",
                        ordered)
                .json();
        assertEquals(4, json.get("rows").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "select id, array(1, 2, 3, 4) as features, 1 as Position from range(5); order --model {line} --input"
                        + " {table}; {table} has a column 'position' already: name another with --position-col",
                "select id, if(id = 2, null, array(1, 2, 3, 4)) as features from range(5); order"
                        + " --model {line} --input {table}; column 'features': 1 of 5 rows is invalid, first the one"
                        + " with id 2, which is null (--handle-invalid skip leaves such rows out)",
                "select id, array(1, 2, 3) as features from range(5); order --model {line} --input {table}; column"
                        + " 'features': 5 of 5 rows are invalid, first the one with id 0, which has 3 values, the"
                        + " codebook 4 (--handle-invalid skip leaves such rows out)",
                "select id, 1 as features from range(5); order --model {line} --input {table}; {table}: column"
                        + " 'features' should hold vectors (vector, or an array of numbers), but is int"
            })
    void saysWhatIsWrong(String query, String command, String line) throws IOException {
        assertTableFails(query, command, line);
    }

    @Test
    void ordersNoRows() {
        Path none = table("none", "select id, array(id, id, 0, 0) as features from range(5) where id < 0");
        Path ordered = directory.resolve("ordered");
        JsonNode json = nsvq("order", "--model", line(), "--input", none, "--output", ordered)
                .json();
        assertEquals(0, json.get("rows").asInt());
        assertEquals(0, spark.read().parquet(ordered.toString()).count());
    }

    @Test
    void aCodebookHasNoOrder() throws IOException {
        Path model = model();
        assertFails(
                model + " (--model) has no line to order by: train one with --quantizer sfvq, without --resample",
                "order",
                "--model",
                model,
                "--input",
                directory.resolve("learn.fvecs"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--partitions 0; --partitions 0: at least 1 is needed",
                "--row-group-rows 0; --row-group-rows 0: at least 1 is needed",
                "--search all; --search 'all' is unknown: valid are exact, corners",
                "--position-col=; --position-col is empty: name the column to add",
                "--mode append; --mode 'append' is unknown: valid are error, overwrite"
            })
    void refusesOptionsBeforeAnyWork(String options, String line) {
        assertEquals(
                line + " (see nsvq order --help)",
                nsvq("order --model m --input i --output o " + options).line(2));
    }
}
