package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Failures of what has to do with indexes: exit code 1, one clear line, and nothing left behind. */
class IndexBadInputTest extends CommandTest {
    private Path index(Object... more) {
        Path index = directory.resolve("index");
        List<Object> args = new ArrayList<>(List.of("index", "--input", vectors("base.fvecs", 50, 1), "--lists", 3));
        args.addAll(List.of("--quantizer", "flat", "--max-iter", 2, "--output", index));
        args.addAll(Arrays.asList(more));
        nsvq(args.toArray()).json();
        return index;
    }

    private static List<String> files(Path index) throws IOException {
        try (Stream<Path> files = Files.walk(index)) {
            return files.map(Path::toString).sorted().toList();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            select array(1f, 2f) as features, 1 as n | index --input {table} | \
            {table} has no column 'id' to find vectors by: it has features, n; name one with --id-col
            select array(1f, 2f) as features, 1 as n | index --id-col n --attributes price --input {table} | \
            {table} has no column 'price': it has features, n; name one with --attributes
            select id % 3 as id, array(float(id)) as features from range(7) | \
            index --quantizer flat --input {table} | column 'id' of {table} holds 0 in 3 rows: ids must be unique
            select cast(null as bigint) as id, array(1f) as features | \
            index --quantizer flat --input {table} | column 'id' of {table} is null in one row: every row needs an id
            select id, array(1f, if(id = 3, float('NaN'), float(id))) as features from range(7) | \
            index --lists 2 --quantizer flat --input {table} | \
            column 'features': 1 of 7 rows is invalid, first row 3 (counted from 0), which has NaN at element 1 \
            (handleInvalid = skip leaves such rows out)
            select id, array(float(id), 0f) as features from range(7) | index --codebooks 3 --input {table} | \
            dimension 2 cannot be cut into 3 equal parts: the number of codebooks must divide the dimension
            """)
    void vectorsThatCannotBeIndexed(String query, String command, String line) throws IOException {
        assertTableFails(query, command, line);
    }

    @Test
    void zerosHaveNoDirection() throws IOException {
        Path zeros = table("zeros", "select id, array(float(id), 0f) as features from range(7)");
        String line = failure("index --metric cosine --quantizer flat", "--input", zeros);
        assertTrue(line.contains("which is all zeros, which cosine distance has no direction for"), line);
    }

    @Test
    void rowsToTrainOnThatAreNotThere() throws IOException {
        assertEquals(
                "there is no such file or directory: none (--train)",
                failure("index --train none", "--input", vectors("a.fvecs", 9, 1)));
    }

    @Test
    void anIndexThatIsThereStays() throws IOException {
        Path index = index();
        assertEquals(
                "the output " + index + " exists already: give another --output, or --mode overwrite to replace it",
                unchanged("index", "--input", directory.resolve("base.fvecs"), "--output", index));
        Path invalid = table("invalid", "select id, array(1f, float('NaN')) as features from range(7)");
        List<String> files = files(index);
        unchanged("index", "--input", invalid, "--mode", "overwrite", "--output", index);
        assertEquals(files, files(index));
    }

    @Test
    void whatIsNoIndex() throws IOException {
        Path queries = vectors("query.fvecs", 3, 1);
        assertEquals(
                "there is no such file or directory: none (--index)",
                failure("search", "--index", "none", "--queries", queries));
        Path empty = Files.createDirectory(directory.resolve("empty"));
        String line = empty + " (--index) is no index: it has no metadata directory";
        assertFails(line, "search", "--index", empty, "--queries", queries);
        assertEquals(line, nsvq("info", "--index", empty).line(1));
        assertFails(line, "export", "--index", empty);
        assertEquals(
                empty + " (--append) is no index: it has no metadata directory",
                unchanged("index", "--append", empty, "--input", queries));
        Path model = model();
        assertEquals(
                model + " (--index) holds a VQModel: an index that nsvq index or IvfIndex " + "made is needed",
                failure("search", "--index", model, "--queries", queries));
        Path file = directory.resolve("m.faiss");
        nsvq("export", "--model", model, "--output", file).json();
        assertEquals(
                file
                        + " (--index) is an index file of FAISS of type IndexResidualQuantizer (IxRq), an index"
                        + " directory is needed: nsvq import makes one of it",
                failure("search", "--index", file, "--queries", queries));
        assertFails("there is no such file or directory: none (--input)", "import", "--input", "none");
        String vectors = queries + " is a vector file, .fvecs or .ivecs, and no index file of FAISS";
        assertTrue(failure("import", "--input", queries).startsWith(vectors));
        assertTrue(nsvq("verify", queries).line(1).startsWith(vectors));
        Path archive = Files.writeString(directory.resolve("a.npz"), "PK\u0003\u0004");
        assertTrue(nsvq("info", archive).line(1).startsWith(archive + " is a zip archive, as numpy's .npz are"));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 9));
        assertTrue(failure("import", "--input", file).contains("m.faiss"), "a truncated file");
    }

    @Test
    void typesOfFaissThatAreNotRead() throws IOException {
        Path queries = vectors("query.fvecs", 3, 1);
        String named = "an index file of FAISS of type IndexHNSWFlat (IHNf), which spark-nsvq does not read: it ";
        Path hnsw = Files.writeString(directory.resolve("hnsw"), "IHNf, and so on");
        for (String line : List.of(
                nsvq("info", hnsw).line(1),
                failure("import", "--input", hnsw),
                failure("export", "--index", hnsw),
                failure("search", "--index", hnsw, "--queries", queries),
                nsvq("evaluate", "--index", hnsw, "--queries", queries, "--truth", queries)
                        .line(1))) {
            assertTrue(line.startsWith(hnsw + " is " + named), line);
        }
        assertEquals(
                hnsw + " (--model) is an index file of FAISS of type IndexHNSWFlat (IHNf), a model that nsvq train"
                        + " or a stage saved is needed",
                failure("encode", "--model", hnsw, "--input", queries));
    }

    @Test
    void damagedLists() throws IOException {
        Path index = index();
        Path queries = vectors("query.fvecs", 3, 1);
        try (Stream<Path> files = Files.walk(index.resolve("lists"))) {
            for (Path list :
                    files.filter(file -> file.toString().endsWith(".parquet")).toList()) {
                byte[] bytes = Files.readAllBytes(list);
                Files.write(list, Arrays.copyOf(bytes, bytes.length / 2));
                Files.delete(list.resolveSibling("." + list.getFileName() + ".crc"));
            }
        }
        for (String line : List.of(
                failure("search", "--index", index, "--queries", queries),
                nsvq("info", index).line(1),
                unchanged("export", "--index", index, "--output", directory.resolve("out")))) {
            assertTrue(line.matches(".*\\.parquet is damaged: it has \\d+ bytes, and had \\d+ when.*"), line);
        }
    }

    @Test
    void queriesThatDoNotFit() throws IOException {
        Path index = index();
        Path flat = vectors("flat.fvecs", FloatMatrix.of(new float[] {1, 2}));
        Object[] search = {"search", "--index", index, "--queries", flat};
        assertEquals(
                "column 'features': 1 of 1 rows is invalid, first the one with id 0, which has 2 values, the index 4"
                        + " (--handle-invalid skip leaves such rows out)",
                failure(search));
        Path invalid = table(
                "t", "select id + 7 as n, array(1f, 2f, 3f, if(id = 1, float('NaN'), 4f)) as features from range(3)");
        String line = "column 'features': 1 of 3 rows is invalid, first the one with n 8, which has NaN at element 3"
                + " (--handle-invalid skip leaves such rows out)";
        assertFails(line, "search", "--index", index, "--queries", invalid, "--id-col", "n");
        assertEquals(line, unchanged("index", "--append", index, "--input", invalid, "--id-col", "n"));
        assertEquals(
                invalid + " has no column 'id', which --join needs: it has n, features; name one with --id-col",
                failure("search", "--index", index, "--queries", invalid, "--join"));
        Path queries = vectors("query.fvecs", 3, 1);
        assertEquals(
                "the index has no attributes for the filter 'price < 3': build it with attributeCols",
                failure("search", "--index", index, "--queries", queries, "--filter", "price < 3"));
        Path truth = directory.resolve("truth.ivecs");
        VectorFiles.writeInts(truth, new int[][] {{1}, {2}});
        assertEquals(
                "--queries holds 3 vectors, but --truth 2 rows: they should belong together",
                nsvq("evaluate", "--index", index, "--queries", queries, "--truth", truth)
                        .line(1));
        assertTruth(index, queries);
        assertEquals(
                invalid + " (--vectors) has no column 'id', which the index was built from: it has n, features",
                failure("search", "--index", index, "--queries", queries, "--rerank", 9, "--vectors", invalid));
    }

    /** What is no truth, and what names vectors that are not there. */
    private void assertTruth(Path index, Path queries) throws IOException {
        Path floats = Files.copy(queries, directory.resolve("floats"));
        Path none = directory.resolve("none.ivecs");
        VectorFiles.writeInts(none, new int[][] {{50}, {51}, {-1}});
        String kind = " (--truth) is no whole .ivecs file, per query the ids of the nearest vectors";
        Object[][] cases = {
            {queries, kind + ", but holds vectors: its name ends in .fvecs"},
            {directory.resolve("truth.npy"), kind + ", but holds vectors: its name ends in .npy"},
            {table("truth", "select id from range(3)"), kind + ": "},
            {Files.writeString(directory.resolve("truth.csv"), "1,2\n3,4\n5,6\n"), kind + ": "},
            {directory.resolve("away"), ""},
            {none, ""},
            {floats, ""},
        };
        String unknown = index + " (--index) has none of the vectors that ";
        for (Object[] each : cases) {
            String line = unchanged("evaluate", "--index", index, "--queries", queries, "--truth", each[0]);
            boolean there = Files.exists((Path) each[0]);
            String expected = !each[1].equals("")
                    ? each[0] + "" + each[1]
                    : there ? unknown + each[0] + " (--truth) names" : "there is no such file or directory: ";
            assertTrue(line.startsWith(expected), line);
        }
        Path some = directory.resolve("some.ivecs");
        VectorFiles.writeInts(some, new int[][] {{50}, {1}, {50}});
        Ran ran = nsvq("evaluate", "--index", index, "--queries", queries, "--truth", some);
        assertTrue(ran.json().get("recall@100").asDouble() <= 0.34);
        assertTrue(ran.err().contains("1 of the 2 vectors that " + some + " names are not in " + index), ran.err());
    }

    @Test
    void aFilterOfAnUnknownColumn() throws IOException {
        Path input = table("t", "select id, array(float(id)) as features, int(id) as price from range(9)");
        Path index = directory.resolve("index");
        Object[] build = {
            "index", "--input", input, "--attributes", "price", "--quantizer", "flat", "--lists", 2, "--output", index
        };
        nsvq(build).json();
        String line = failure("search", "--index", index, "--queries", input, "--filter", "cost < 3");
        assertTrue(line.startsWith("the filter 'cost < 3' is no condition on the index's attributes, price: "), line);
    }

    @Test
    void whatCannotBeAddedLeavesTheIndexAsItWas() throws IOException {
        Path index = index();
        List<String> files = files(index);
        assertEquals(
                "column 'id' holds 0, which is in the index already: delete it from the index first",
                unchanged("index", "--append", index, "--input", directory.resolve("base.fvecs")));
        Path strings = table("s", "select 'x' as id, array(1f, 2f, 3f, 4f) as features");
        assertEquals(
                "column 'id' holds strings, the ids of the index are numbers",
                unchanged("index", "--append", index, "--input", strings));
        assertEquals(
                "column 'id' holds strings, the ids of the index are numbers",
                unchanged("index", "--append", index, "--delete", strings));
        assertEquals(
                strings + " has no column 'key': it has id, features; name one with --id-col",
                unchanged("index", "--append", index, "--delete", strings, "--id-col", "key"));
        assertEquals(files, files(index));
    }
}
