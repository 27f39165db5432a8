package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.TestFileSystem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Commands whose process is killed in one of its operations on files: what they write is there as before or as it
 * should be, the next command works, and then nothing is left of the killed one.
 *
 * <p>Here some operations of each command are tried. With the system property {@code nsvq.stops} all are, and a line
 * for each command is added to the file that it names.
 */
class StopsTest {
    private static final String REPORT = System.getProperty("nsvq.stops");

    /** Of operations that write what nobody sees yet, one of so many is tried. */
    private static final int STEP_HIDDEN = 25;

    /** Of the others, one of so many; all would take half of the time of the tests of this module. */
    private static final int STEP = 3;

    private static final String CODES = "--codebooks 2 --bits 4 --max-iter 1";

    private static final String BUILD =
            "index --input WORK/base.fvecs --lists 2 --quantizer flat --max-iter 1 --seed 5";
    private static final String TRAIN = "train --input WORK/base.fvecs --quantizer pq --seed 5 " + CODES;
    private static final String ENCODE = "encode --input WORK/more0 --model WORK/model";
    private static final String SAVE = "save";

    @TempDir
    static Path directory;

    private static SparkSession spark;
    private static Path made;
    private static Path work;

    /**
     * A command.
     *
     * @param name for the table
     * @param command that is killed; WORK in it is the directory
     * @param again the next one if it was killed before it had done its work
     * @param after the next one if it had
     * @param state what it should change, as a reader sees it
     */
    private record Case(String name, String command, String again, String after, Function<Path, String> state) {
        /** A command that may be repeated as it is, whether or not it was killed. */
        Case(String name, String command, Function<Path, String> state) {
            this(name, command, command, command, state);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void make() throws IOException {
        spark = SparkTestSession.get();
        made = Files.createDirectory(directory.resolve("made"));
        work = directory.resolve("work");
        VectorFiles.write(made.resolve("base.fvecs"), CommandTest.rows(60, 1));
        FloatMatrix rows = CommandTest.rows(20, 2);
        for (int part = 0; part < 2; part++) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                String vector = Arrays.toString(rows.row(10 * part + i))
                        .replace("[", "array(")
                        .replace("]", ")");
                values.add("(" + (100 + 10 * part + i) + "L, cast(" + vector + " as array<float>))");
            }
            spark.sql("select * from values " + String.join(", ", values) + " as t(id, features)")
                    .coalesce(1)
                    .write()
                    .parquet(made.resolve("more" + part).toString());
        }
        spark.sql("select 3L as id")
                .coalesce(1)
                .write()
                .parquet(made.resolve("gone").toString());
        try (InputStream in = StopsTest.class.getResourceAsStream("/cases/refine-sq8-one-l2.faiss")) {
            Files.copy(in, made.resolve("refine.faiss"));
        }
        String at = made.toString();
        run("index --input WORK/base.fvecs --lists 2 --quantizer pq " + CODES + " --output WORK/index", at)
                .json();
        run("index --input WORK/base.fvecs --lists 2 --quantizer pq " + CODES + " --output WORK/segments", at)
                .json();
        run("index --append WORK/segments --input WORK/more0", at).json();
        run("index --append WORK/segments --delete WORK/gone", at).json();
        run("train --input WORK/base.fvecs --quantizer pq " + CODES + " --output WORK/model", at)
                .json();
        run("train --input WORK/base.fvecs --quantizer pq --seed 3 " + CODES + " --output WORK/other", at)
                .json();
        run("encode --input WORK/base.fvecs --model WORK/model --output WORK/codes", at)
                .json();
        run("export --index WORK/segments --output WORK/file.faiss", at).json();
    }

    private static Ran run(String command, String at) {
        if (command.equals(SAVE)) {
            return save(at);
        }
        return nsvq((Object[]) command.replace("WORK", at).split(" ", -1));
    }

    /** Saves a model as a user of the API does. */
    private static Ran save(String at) {
        try {
            SavedModels.load(spark, at + "/other", "").write().overwrite().save(at + "/model");
            return new Ran(0, "{}", "");
        } catch (Exception e) { // of Spark's, some are checked, but not declared
            return new Ran(1, "", e.toString());
        }
    }

    private static boolean exists(Path path) {
        return Inputs.exists(spark.sparkContext().hadoopConfiguration(), path.toString());
    }

    private static String index(Path path) {
        if (!exists(path)) {
            return "none";
        }
        IvfIndexModel model = IvfIndexModel.load(path.toString()).setK(100).setProbes(10);
        Dataset<Row> queries = spark.read()
                .format("fvecs")
                .load(work.resolve("base.fvecs").toString())
                .limit(3);
        return model.transform(queries).select("neighbors").collectAsList().toString();
    }

    private static String segments(Path path) {
        return index(path.resolve("segments"));
    }

    /** Returns the vectors beside an index, if there is one. */
    private static String imported(Path path) {
        return exists(path)
                ? IvfIndexModel.load(path.toString()).ids(spark).collectAsList() + " "
                        + spark.read()
                                .parquet(path.resolveSibling("vectors").toString())
                                .collectAsList()
                : "none";
    }

    private static String model(Path path) {
        return exists(path)
                ? Arrays.toString(SavedModels.load(spark, path.toString(), "--model")
                        .shared()
                        .codewords()
                        .values())
                : "none";
    }

    private static String codes(Path path) {
        return exists(path)
                ? spark.read()
                        .parquet(path.toString())
                        .selectExpr("id", "hex(code)")
                        .orderBy("id")
                        .collectAsList()
                        .toString()
                : "none";
    }

    /** Reads through Hadoop, which looks at the checksums. */
    private static String bytes(Path file) {
        if (!exists(file)) {
            return "none";
        }
        var path = new org.apache.hadoop.fs.Path(file.toUri());
        try (var in =
                path.getFileSystem(spark.sparkContext().hadoopConfiguration()).open(path)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The commands of this build's test; between them, they commit in all the ways that there are. */
    static List<Case> quick() {
        String append = "index --append WORK/segments";
        return List.of(
                new Case(
                        "index --append",
                        append + " --input WORK/more1",
                        append + " --input WORK/more1",
                        append + " --delete WORK/gone",
                        StopsTest::segments),
                new Case("index --append --delete", append + " --delete WORK/more0", StopsTest::segments),
                new Case("index --append --compact", append + " --compact", StopsTest::segments),
                of("train --checkpoint", TRAIN + " --checkpoint WORK/state", "out", StopsTest::model),
                new Case("write().overwrite().save", SAVE, path -> model(path.resolve("model"))),
                of("encode --mode overwrite", ENCODE + " --mode overwrite", "codes", StopsTest::codes),
                of(
                        "export --model --mode overwrite",
                        "export --model WORK/model --mode overwrite",
                        "file.faiss",
                        StopsTest::bytes),
                of(
                        "import --vectors",
                        "import --input WORK/refine.faiss --vectors WORK/vectors",
                        "out",
                        StopsTest::imported));
    }

    static List<Case> cases() {
        if (REPORT == null) {
            return quick();
        }
        List<Case> all = new ArrayList<>(quick());
        all.addAll(List.of(
                of(
                        "export --index --mode overwrite",
                        "export --index WORK/index --mode overwrite",
                        "file.faiss",
                        StopsTest::bytes),
                of("export --index", "export --index WORK/index", "out.faiss", StopsTest::bytes),
                of("encode", ENCODE, "out", StopsTest::codes),
                of("train", TRAIN, "out", StopsTest::model),
                of("train --mode overwrite", TRAIN + " --mode overwrite", "model", StopsTest::model),
                of("index --mode overwrite", BUILD + " --mode overwrite", "index", StopsTest::index),
                of("index", BUILD, "out", StopsTest::index),
                of("index --checkpoint", BUILD + " --checkpoint WORK/state", "out", StopsTest::index)));
        return all;
    }

    /** A command that writes an output, which the next one writes again. */
    private static Case of(String name, String command, String output, Function<Path, String> state) {
        String whole = command + " --output WORK/" + output;
        String after = whole + (command.contains("--mode ") ? "" : " --mode overwrite");
        return new Case(name, whole, whole, after, path -> state.apply(path.resolve(output)));
    }

    /** Starts with a copy of what was made. */
    private static void begin() throws IOException {
        if (Files.exists(work)) {
            Files.walkFileTree(work, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        try (Stream<Path> files = Files.walk(made)) {
            for (Path file : files.toList()) {
                Files.copy(file, work.resolve(made.relativize(file).toString()));
            }
        }
    }

    /** Returns the names of all files, but for what is random, for numbers, and for Hadoop's checksums of files. */
    private static List<String> tree() throws IOException {
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(file -> !isChecksum(file))
                    .map(file -> work.relativize(file)
                            .toString()
                            .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID")
                            .replaceAll("[0-9]+", "N"))
                    .sorted()
                    .toList();
        }
    }

    /** Whether something is the checksum of a file that is there, which it may be without. */
    private static boolean isChecksum(Path file) {
        String name = file.getFileName().toString();
        return name.matches("\\..*\\.crc")
                && Files.exists(file.resolveSibling(name.substring(1, name.length() - ".crc".length())));
    }

    /** What there is after a command: how a reader sees it, and the names of the files. */
    private record Observed(String state, List<String> tree) {}

    private static Observed observed(Case tested) throws IOException {
        return new Observed(tested.state().apply(work), tree());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stops(Case tested) throws Exception {
        begin();
        String old = tested.state().apply(work);
        TestFileSystem.stopAt(work, Integer.MAX_VALUE);
        run(tested.command(), work.toString()).json();
        List<String> operations = TestFileSystem.restart();
        Observed done = observed(tested);
        run(tested.after(), work.toString()).json();
        Observed after = observed(tested);

        int[] found = new int[2];
        List<String> failed = new ArrayList<>();
        int tried = 0;
        for (int n = 0; n < operations.size(); n++) {
            if (REPORT == null && !isTried(operations, n)) {
                continue;
            }
            tried++;
            String what = "killed in operation " + n + ", " + operations.get(n);
            try {
                begin();
                kill(tested, n);
                String state = tested.state().apply(work);
                boolean isNew = state.equals(done.state());
                assertTrue(isNew || state.equals(old), what + ": neither as before nor as it should be: " + state);
                found[isNew ? 1 : 0]++;
                run(isNew ? tested.after() : tested.again(), work.toString()).json();
                Observed expected = isNew ? after : done;
                assertEquals(expected.state(), tested.state().apply(work), what);
                assertEquals(String.join("\n", expected.tree()), String.join("\n", tree()), what);
            } catch (AssertionError | RuntimeException e) {
                if (REPORT == null) {
                    throw e;
                }
                failed.add(what + ": " + e);
            }
        }
        if (REPORT != null) {
            report(tested, tried, found, failed);
        }
        assertEquals(List.of(), failed);
    }

    /** What is inside a staged output is written where nobody looks: of that, some. */
    private static boolean isTried(List<String> operations, int n) {
        String operation = operations.get(n);
        boolean hidden = operation.contains("/new") || operation.endsWith(".crc");
        return n % (hidden ? STEP_HIDDEN : STEP) == 0;
    }

    private static void kill(Case tested, int operation) throws InterruptedException {
        spark.sparkContext().setLogLevel("OFF");
        TestFileSystem.stopAt(work, operation);
        try {
            run(tested.command(), work.toString());
            while (spark.sparkContext().statusTracker().getExecutorInfos()[0].numRunningTasks() > 0) {
                Thread.sleep(1); // tasks of this JVM end when they find out; a process would take them with it
            }
        } finally {
            TestFileSystem.restart();
            spark.sparkContext().setLogLevel("WARN");
        }
    }

    private static void report(Case tested, int tried, int[] found, List<String> failed) throws IOException {
        String line = String.format(
                Locale.ROOT, "%-34s %10d %9d %9d %6d%n", tested.name(), tried, found[0], found[1], failed.size());
        Files.writeString(Path.of(REPORT), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        for (String one : failed) {
            System.err.println(one);
        }
    }
}
