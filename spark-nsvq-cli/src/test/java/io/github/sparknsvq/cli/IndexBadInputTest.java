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

/** Failures of what has to do with indexes: exit code 1, one clear line, and nothing left behind. */
class IndexBadInputTest extends CommandTest {

    /** Runs a command that writes to a new directory and fails; returns its line. */
    private String failure(Object... command) throws IOException {
        List<Object> args = new ArrayList<>(Arrays.asList(command));
        args.add("--output");
        args.add(directory.resolve("a/out"));
        return unchanged(args.toArray());
    }

    private String unchanged(Object... command) throws IOException {
        List<String> before = left();
        String line = nsvq(command).line(1);
        assertEquals(before, left());
        return line;
    }

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

    @Test
    void vectorsThatCannotBeIndexed() throws IOException {
        assertEquals(
                "there is no such file or directory: none (--train)",
                failure("index", "--input", vectors("a.fvecs", 9, 1), "--train", "none"));
        Path noIds = table("t", "select array(1f, 2f) as features, 1 as n");
        assertEquals(
                noIds + " has no column 'id' to find vectors by: it has features, n; name one with --id-col",
                failure("index", "--input", noIds));
        assertEquals(
                noIds + " has no column 'price': it has features, n; name one with --attributes",
                failure("index", "--input", noIds, "--id-col", "n", "--attributes", "price"));
        Path twice = table("twice", "select id % 3 as id, array(float(id)) as features from range(7)");
        assertEquals(
                "column 'id' of " + twice + " holds 0 in 3 rows: ids must be unique",
                failure("index", "--input", twice));
        Path nulls = table("nulls", "select cast(null as bigint) as id, array(1f) as features");
        assertEquals(
                "column 'id' of " + nulls + " is null in 1 rows: every row needs an id",
                failure("index", "--input", nulls));
        Path invalid =
                table("invalid", "select id, array(1f, if(id = 3, float('NaN'), float(id))) as features from range(7)");
        assertEquals(
                "column 'features': 1 of 7 rows is invalid, first row 3 (counted from 0), which has NaN at element 1"
                        + " (handleInvalid = skip leaves such rows out)",
                failure("index", "--input", invalid, "--lists", 2, "--quantizer", "flat"));
        Path zeros = table("zeros", "select id, array(float(id), 0f) as features from range(7)");
        String line = failure("index", "--input", zeros, "--metric", "cosine", "--quantizer", "flat");
        assertTrue(line.contains("which is all zeros, which cosine distance has no direction for"), line);
        assertEquals(
                "dimension 2 cannot be cut into 3 equal parts: the number of codebooks must divide the dimension",
                failure("index", "--input", zeros, "--codebooks", 3));
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
        assertEquals(line, failure("search", "--index", empty, "--queries", queries));
        assertEquals(line, nsvq("info", "--index", empty).line(1));
        assertEquals(line, failure("export", "--index", empty));
        assertEquals(
                empty + " (--append) is no index: it has no metadata directory",
                unchanged("index", "--append", empty, "--input", queries));
        Path model = model();
        assertEquals(
                model
                        + " (--index) holds a io.github.sparknsvq.ml.VQModel: an index that nsvq index or IvfIndex made is"
                        + " needed",
                failure("search", "--index", model, "--queries", queries));
        Path file = directory.resolve("m.faiss");
        nsvq("export", "--model", model, "--output", file).json();
        assertEquals(
                file
                        + " (--index) is an index file of FAISS, an index directory is needed: nsvq import makes one of it",
                failure("search", "--index", file, "--queries", queries));
        assertEquals("there is no such file or directory: none (--input)", failure("import", "--input", "none"));
        assertTrue(failure("import", "--input", queries).contains(queries + ""), "what is no index file");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 9));
        assertTrue(failure("import", "--input", file).contains("m.faiss"), "a truncated file");
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
            assertTrue(line.contains(".parquet is damaged or no file of lists: "), line);
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
        assertEquals(line, failure("search", "--index", index, "--queries", invalid, "--id-col", "n"));
        assertEquals(line, unchanged("index", "--append", index, "--input", invalid, "--id-col", "n"));
        assertEquals(
                invalid + " has no column 'id', which --join needs: it has n, features; name one with --id-col",
                failure("search", "--index", index, "--queries", invalid, "--join"));
        Path queries = vectors("query.fvecs", 3, 1);
        assertEquals(
                "the index has no attributes for the filter 'price < 3' to speak of: build it with attributeCols",
                failure("search", "--index", index, "--queries", queries, "--filter", "price < 3"));
        Path truth = directory.resolve("truth.ivecs");
        VectorFiles.writeInts(truth, new int[][] {{1}, {2}});
        assertEquals(
                "--queries holds 3 vectors, but --truth 2 rows: they should belong together",
                nsvq("evaluate", "--index", index, "--queries", queries, "--truth", truth)
                        .line(1));
        assertEquals(
                invalid + " (--vectors) has no column 'id', which the index was built from: it has n, features",
                failure("search", "--index", index, "--queries", queries, "--rerank", 9, "--vectors", invalid));
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
