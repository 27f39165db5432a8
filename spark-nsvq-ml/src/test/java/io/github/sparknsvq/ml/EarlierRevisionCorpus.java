package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.EarlierRevisionStages.data;
import static io.github.sparknsvq.ml.EarlierRevisionStages.queries;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.EarlierRevisionStages.Training;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Makes {@code saved-by-VERSION.zip}: models, stages, indexes, FAISS files, entropy-coded codes and checkpoints as
 * the release of that version writes them, with what each of them is and answers as JSON beside it. The {@code
 * EarlierRevision...Test} classes read those of all releases.
 *
 * <p>{@code release/corpus.sh} runs it, once for a release. A later one must read that file, not make it anew: where
 * a test fails, what was saved does not load any more. The first, {@code saved-by-74fca4f.zip}, was made by this
 * class as it was then, which saved no lines, no entropy-coded codes, and not all params.
 */
final class EarlierRevisionCorpus {
    private static final int ROWS = 312;
    private static final int DIMENSION = 6;

    private final Path root;
    private final SparkSession spark = SparkTestSession.get();

    private EarlierRevisionCorpus(Path root) {
        this.root = root;
    }

    /** Writes the file that its argument names. */
    public static void main(String[] args) throws Exception {
        Path root = Files.createTempDirectory("nsvq-corpus");
        EarlierRevisionCorpus corpus = new EarlierRevisionCorpus(root);
        corpus.vectors();
        new EarlierRevisionModels(root).write();
        corpus.indexes();
        corpus.faissFiles();
        for (Training training : EarlierRevisionStages.trainings(root, true)) {
            corpus.checkpoint(training);
        }
        corpus.withoutChecksums();
        EarlierRevisionFiles.pack(root, Path.of(args[0]));
    }

    /** Hadoop's checksums stay beside one model alone. */
    private void withoutChecksums() throws IOException {
        for (Path file : EarlierRevisionFiles.below(root)) {
            if (file.toString().endsWith(".crc") && !file.startsWith(root.resolve("models/vq-euclidean"))) {
                Files.delete(file);
            }
        }
    }

    private String path(String name) {
        return root.resolve(name).toString();
    }

    private void record(String name, ObjectNode json) {
        EarlierRevisionJson.write(root.resolve(name + ".json"), json);
    }

    /** Clumps of vectors, names, weights and attributes. */
    private void vectors() throws IOException {
        float[][] vectors = TestVectors.clustered(ROWS, DIMENSION, 12, 74);
        Random random = new Random(7);
        List<String> lines = new ArrayList<>(List.of("id,name,weight,lang,price,vector"));
        for (int i = 0; i < ROWS; i++) {
            String lang = List.of("de", "en", "fr", "").get(random.nextInt(4));
            StringBuilder line = new StringBuilder();
            line.append(String.format(Locale.ROOT, "%d,v%d,%d,%s,%d", i, i, 1 + i % 3, lang, random.nextInt(100)));
            for (float value : vectors[i]) {
                line.append(',').append(value);
            }
            lines.add(line.toString());
        }
        Files.write(root.resolve("vectors.csv"), lines);
    }

    // --- indexes -------------------------------------------------------------------------------------------------

    private static IvfIndex index(String uid, String quantizer, String metric) {
        return new IvfIndex(uid)
                .setQuantizer(quantizer)
                .setMetric(metric)
                .setNumLists(9)
                .setNumCodebooks(3)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setSeed(13)
                .setK(5)
                .setProbes(3);
    }

    private void indexes() throws IOException {
        List<String> usual = List.of("as it was saved", "all lists", "allowed", "rerank", "without self");
        List<String> filtered = List.of("as it was saved", "all lists", "filter", "rerank");
        index("flat-l2", index("ivf-2", "flat", "l2").setAttributeCols("lang", "price"), filtered);
        index("flat-cosine", index("ivf-3", "flat", "cosine").setIdCol("name").setFeaturesCol("vector"), usual);
        index("pq-l2", index("ivf-4", "pq", "l2"), usual);
        index("pq-cosine", index("ivf-5", "pq", "cosine").setIdCol("name"), usual);
        index("opq-ip", index("ivf-6", "opq", "ip").setRotationIter(3), usual);
        IvfIndex rq = index("ivf-7", "rq", "cosine").setJointIter(2).setBeam(4);
        index("rq-cosine", rq.setIdCol("name").setAttributeCols("price", "lang"), filtered);
        IvfIndex cells =
                index("ivf-9", "pq", "l2").setListTraining("hierarchical").setNumLists(12);
        index("hierarchical", cells, List.of("as it was saved", "all lists", "slack", "rerank"));
        index("aq-l2", index("ivf-8", "aq", "l2").setJointIter(2).setBeam(4).setNeighborsCol("near"), usual);
        IvfIndexModel whole = EarlierRevisionModels.allOfAnIndex()
                .setRerank(0)
                .setIndexDir(path("whole"))
                .fit(data(root));
        whole.delete(data(root).filter("id < 30"));
        whole.compact(spark);
        whole.delete(data(root).filter("id > 280"));
        whole.setK(6).setExcludeSelf(false).write().save(path("indexes/copied"));
        recordIndex("copied", whole, List.of("as it was saved", "without self", "filter"));
        EarlierRevisionFiles.delete(root.resolve("whole"));
        upserted();
    }

    /** Positions of sources stay through further changes and a compaction, whose segment others follow. */
    private void upserted() throws IOException {
        Dataset<Row> data = data(root);
        IvfIndexModel model = index("ivf-10", "rq", "l2")
                .setJointIter(2)
                .setBeam(4)
                .setIndexDir(path("indexes/upserted"))
                .build(data, data.filter("id < 150"));
        Dataset<Row> gone = data.filter("id % 9 = 0");
        model.upsert(data.filter("id < 220 and id % 9 > 0"), gone, SourcePosition.batch("stream", 3));
        model.compact(spark);
        model.upsert(data.filter("id >= 200"), null, SourcePosition.snapshot("table", 8_123_456_789_012_345_678L));
        model.upsert(null, data.filter("id % 9 = 1"), SourcePosition.watermark("table#price", "2026-11-30 08:00:00"));
        recordIndex("upserted", model, List.of("as it was saved", "all lists", "allowed", "without self"));
    }

    /** Three segments of vectors and two of deleted ids, some of which are there again. */
    private void index(String name, IvfIndex estimator, List<String> searches) throws IOException {
        Dataset<Row> data = data(root);
        IvfIndexModel model = estimator
                .setIndexDir(path("indexes/" + name))
                .build(data, data.filter("id < 200"))
                .add(data.filter("id >= 200 and id < 270"))
                .delete(data.filter("id % 7 = 0"))
                .add(data.filter("id >= 270 or id % 21 = 0 and id < 270"))
                .delete(data.filter("id % 50 = 1"));
        recordIndex(name, model, searches);
    }

    private void recordIndex(String name, IvfIndexModel model, List<String> searches) throws IOException {
        ObjectNode json = EarlierRevisionJson.stage(model).put("lists", model.lists());
        json.put("dimension", model.dimension());
        json.set("training", EarlierRevisionJson.training(model));
        json.set("positions", EarlierRevisionJson.positions(model, spark));
        json.set("ids", EarlierRevisionJson.rows(model.ids(spark).orderBy("id")));
        ObjectNode answers = json.putObject("answers");
        for (String how : searches) {
            IvfIndexModel copy = model.copy(ParamMap.empty());
            answers.set(how, EarlierRevisionJson.rows(EarlierRevisionStages.search(how, copy, root)));
        }
        record("indexes/" + name, json);
    }

    // --- FAISS files ---------------------------------------------------------------------------------------------

    private void faissFiles() throws IOException {
        for (String name : List.of("vq-euclidean", "vq-cosine", "pq", "opq", "rq", "aq")) {
            faissFile("model-" + name, "models/" + name, false);
        }
        for (String name : List.of("pq", "opq", "rq", "aq")) {
            faissFile("codes-" + name, "models/" + name, true);
        }
        for (String name : List.of("flat-l2", "pq-l2", "opq-ip", "aq-l2")) {
            faissFile("index-" + name, "indexes/" + name, true);
        }
        faissFile("index-fast-scan", how("indexes/pq-l2", true).put("fastScan", true));
        faissFile("index-refine-flat", how("indexes/pq-l2", true).put("refine", "flat"));
        faissFile("index-refine-sq8", how("indexes/opq-ip", true).put("refine", "sq8"));
        ObjectNode spilled = how("indexes/hierarchical", true).put("refine", "flat");
        faissFile("index-spill", spilled.put("spill", true));
        IvfIndexModel imported =
                IvfIndexModel.importFaiss(path("faiss/codes-pq.faiss"), path("indexes/imported"), false, spark);
        recordIndex("imported", imported, List.of("as it was saved", "all lists"));
    }

    private static ObjectNode how(String from, boolean codes) {
        return EarlierRevisionJson.object()
                .put("from", from)
                .put("codes", codes)
                .put("fastScan", false);
    }

    private void faissFile(String name, String from, boolean codes) throws IOException {
        faissFile(name, how(from, codes));
    }

    private void faissFile(String name, ObjectNode json) throws IOException {
        Path file = root.resolve("faiss/" + name + ".faiss");
        EarlierRevisionStages.export(root, json, file);
        json.set("answers", EarlierRevisionStages.answers(file, queries(root)));
        record("faiss/" + name, json);
    }

    // --- checkpoints ---------------------------------------------------------------------------------------------

    /**
     * Trains once undisturbed; then again until it is killed, and from there, which must come to the same end. (The
     * first revision told two errors after some restarts, so that its file lacks them.)
     */
    private void checkpoint(Training training) throws IOException {
        Path checkpoint = root.resolve("checkpoints/" + training.name());
        Path kept = root.resolve("kept");
        List<String> whole = new ArrayList<>();
        ObjectNode trained = trained(training, kept, whole);
        kill(training, checkpoint);
        EarlierRevisionFiles.delete(kept);
        EarlierRevisionFiles.copy(checkpoint, kept);
        List<String> rest = new ArrayList<>();
        ObjectNode resumed = trained(training, kept, rest);
        EarlierRevisionJson.assertExact(trained, resumed, training.name());
        EarlierRevisionFiles.delete(kept);
        int done = whole.size() - rest.size();
        if (done < 1) {
            throw new IllegalStateException(training + " started anew: " + rest);
        }
        ObjectNode json = EarlierRevisionJson.object();
        json.set("whole", EarlierRevisionJson.strings(whole));
        json.set("rest", EarlierRevisionJson.strings(rest));
        json.set("trained", trained);
        record("checkpoints/" + training.name(), json);
        List<String> files = EarlierRevisionFiles.names(checkpoint, ".nsvq-checkpoint");
        System.out.println(training + ": " + done + " of " + whole.size() + " jobs are done, kept in " + files);
    }

    private ObjectNode trained(Training training, Path checkpoint, List<String> heard) throws IOException {
        Path index = root.resolve("index");
        Model<?> model = training.fit(
                data(root),
                checkpoint,
                progress -> heard.add(progress.iteration() + " of " + progress.maxIter()),
                index);
        ObjectNode json = EarlierRevisionJson.trained(model, spark);
        EarlierRevisionFiles.delete(index);
        return json;
    }

    private void kill(Training training, Path checkpoint) throws IOException {
        int[] heard = new int[1];
        TrainingListener dying = progress -> {
            if (++heard[0] == training.killedAt()) {
                throw new IllegalStateException("killed");
            }
        };
        try {
            training.fit(data(root), checkpoint, dying, root.resolve("index"));
        } catch (IllegalStateException e) {
            return;
        }
        throw new IllegalArgumentException(training + " ended before it could be killed");
    }
}
