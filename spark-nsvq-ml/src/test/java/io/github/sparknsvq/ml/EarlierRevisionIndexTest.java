package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes and FAISS files that earlier revisions wrote: {@link EarlierRevisionCorpus} says how. */
@ParameterizedClass
@MethodSource("io.github.sparknsvq.ml.EarlierRevisionFiles#revisions")
class EarlierRevisionIndexTest {
    @TempDir
    private static Path directories;

    private static String revision;
    private static Path corpus;

    @Parameter
    private String named;

    @TempDir
    private Path directory;

    @BeforeParameterizedClassInvocation
    static void unpack(String of) throws Exception {
        SparkTestSession.get();
        revision = of;
        corpus = directories.resolve(of);
        EarlierRevisionFiles.unpack(of, corpus);
    }

    static List<String> indexes() {
        return EarlierRevisionFiles.described(corpus.resolve("indexes"));
    }

    static List<String> files() {
        return EarlierRevisionFiles.described(corpus.resolve("faiss"));
    }

    /** Some of the indexes; the first revision upserted none. */
    static List<String> changed() {
        return Stream.of("flat-l2", "rq-cosine", "opq-ip", "copied", "upserted")
                .filter(indexes()::contains)
                .toList();
    }

    private static JsonNode expected(String name) {
        return EarlierRevisionJson.read(corpus.resolve(name + ".json"));
    }

    @Test
    void nothingIsLost() {
        assertEquals(named, revision);
        List<String> names = new ArrayList<>(List.of("aq-l2", "copied", "flat-cosine", "flat-l2", "imported"));
        names.addAll(List.of("opq-ip", "pq-cosine", "pq-l2", "rq-cosine"));
        boolean later = !revision.equals(EarlierRevisionFiles.FIRST);
        if (later) {
            names.addAll(List.of("hierarchical", "upserted"));
        }
        assertEquals(names.stream().sorted().toList(), indexes());
        assertEquals(later ? 18 : 15, files().size());
    }

    @ParameterizedTest
    @MethodSource("indexes")
    void indexesAnswerAsTheyDid(String name) throws Exception {
        JsonNode expected = expected("indexes/" + name);
        IvfIndexModel index =
                IvfIndexModel.load(corpus.resolve("indexes/" + name).toString());
        EarlierRevisionJson.assertStage(expected, index, name);
        assertEquals(expected.get("lists").asInt(), index.lists());
        assertEquals(expected.get("dimension").asInt(), index.dimension());
        assertIds(expected, index);
        if (!revision.equals(EarlierRevisionFiles.FIRST)) { // which saved neither
            EarlierRevisionJson.assertExact(expected.get("training"), EarlierRevisionJson.training(index), name);
            JsonNode positions = EarlierRevisionJson.positions(index, SparkTestSession.get());
            EarlierRevisionJson.assertExact(expected.get("positions"), positions, name);
        }
        for (String how : EarlierRevisionJson.names(expected.get("answers"))) {
            assertAnswers(how, expected, index);
        }
    }

    private static void assertIds(JsonNode expected, IvfIndexModel index) {
        Dataset<Row> ids = index.ids(SparkTestSession.get()).orderBy("id");
        EarlierRevisionJson.assertExact(expected.get("ids"), EarlierRevisionJson.rows(ids), "ids");
    }

    private static void assertAnswers(String how, JsonNode expected, IvfIndexModel index) throws Exception {
        IvfIndexModel copy = index.copy(ParamMap.empty());
        EarlierRevisionJson.assertAnswers(
                expected.get("answers").get(how),
                EarlierRevisionJson.rows(EarlierRevisionStages.search(how, copy, corpus)),
                index.uid() + " " + how);
    }

    /** What comes is found, and what was there before goes on being there when it has gone again. */
    @ParameterizedTest
    @MethodSource("changed")
    void indexesGoOnToChange(String name) throws Exception {
        EarlierRevisionFiles.copy(corpus.resolve("indexes/" + name), directory.resolve("index"));
        String path = directory.resolve("index").toString();
        JsonNode expected = expected("indexes/" + name);
        Dataset<Row> queries = EarlierRevisionStages.queries(corpus);
        IvfIndexModel index =
                IvfIndexModel.load(path).add(queries).setFilter("").setExcludeSelf(false);
        int all = expected.get("ids").size() + (int) queries.count();
        Row found =
                index.setProbes(99).setSlack(0).setK(1000).transform(queries).first();
        assertEquals(
                all, found.getList(found.fieldIndex(index.getNeighborsCol())).size());
        index = IvfIndexModel.load(path).delete(queries);
        assertIds(expected, index);
        assertAnswers("as it was saved", expected, index.compact(SparkTestSession.get()));
        assertIds(expected, index);
    }

    @ParameterizedTest
    @MethodSource("files")
    void faissFilesAnswerAsTheyDid(String name) throws Exception {
        Path file = corpus.resolve("faiss/" + name + ".faiss");
        EarlierRevisionJson.assertAnswers(
                expected("faiss/" + name).get("answers"),
                EarlierRevisionStages.answers(file, EarlierRevisionStages.queries(corpus)),
                name);
    }

    /** A file that is made again of the same model or index is the same, byte for byte. */
    @ParameterizedTest
    @MethodSource("files")
    void faissFilesAreMadeAsTheyWere(String name) throws Exception {
        Path file = directory.resolve("exported.faiss");
        EarlierRevisionStages.export(corpus, expected("faiss/" + name), file);
        assertArrayEquals(Files.readAllBytes(corpus.resolve("faiss/" + name + ".faiss")), Files.readAllBytes(file));
    }
}
