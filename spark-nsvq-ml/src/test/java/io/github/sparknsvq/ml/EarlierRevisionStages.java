package io.github.sparknsvq.ml;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What {@link EarlierRevisionCorpus} and the tests that read it share: the data, the trainings and the searches. */
final class EarlierRevisionStages {
    /** How what was saved is loaded, by what the corpus calls it. */
    private static final Map<String, Function<String, Params>> LOADERS = Map.ofEntries(
            Map.entry("VQ", VQ::load),
            Map.entry("ProductVQ", ProductVQ::load),
            Map.entry("ResidualVQ", ResidualVQ::load),
            Map.entry("AdditiveVQ", AdditiveVQ::load),
            Map.entry("IvfIndex", IvfIndex::load),
            Map.entry("VQEvaluator", VQEvaluator::load),
            Map.entry("RecallEvaluator", RecallEvaluator::load),
            Map.entry("UsageEvaluator", UsageEvaluator::load),
            Map.entry("SpaceFillingVQ", SpaceFillingVQ::load),
            Map.entry("CodeDecoder", CodeDecoder::load),
            Map.entry("DistinctCodes", DistinctCodes::load),
            Map.entry("IvfSearch", IvfSearch::load),
            Map.entry("VQModel", VQModel::load),
            Map.entry("ProductVQModel", ProductVQModel::load),
            Map.entry("ResidualVQModel", ResidualVQModel::load),
            Map.entry("AdditiveVQModel", AdditiveVQModel::load),
            Map.entry("SpaceFillingVQModel", SpaceFillingVQModel::load),
            Map.entry("IvfIndexModel", IvfIndexModel::load),
            Map.entry("Pipeline", Pipeline::load));

    /** Trainings of the first corpus that later ones have, too: one or more for all that a checkpoint keeps. */
    private static final Set<String> KEPT = Set.of(
            "vq-minibatch",
            "vq-lloyd-phase",
            "vq-presence",
            "vq-local-steps",
            "vq-warm",
            "opq-rotation",
            "opq-codebooks",
            "rq-joint",
            "rq-balanced",
            "aq-joint",
            "index-pq-codes",
            "index-rq-joint");

    /** Rows with larger ids are queries. */
    private static final int ROWS = 300;

    private EarlierRevisionStages() {}

    private static Dataset<Row> frame(Path corpus) throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(corpus.resolve("vectors.csv"));
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = List.of(line.split(",", -1));
            float[] vector = new float[cells.size() - 5];
            for (int j = 0; j < vector.length; j++) {
                vector[j] = Float.parseFloat(cells.get(5 + j));
            }
            rows.add(RowFactory.create(
                    Long.parseLong(cells.get(0)),
                    cells.get(1),
                    Double.parseDouble(cells.get(2)),
                    cells.get(3).isEmpty() ? null : cells.get(3),
                    Integer.parseInt(cells.get(4)),
                    vector));
        }
        StructType schema = new StructType()
                .add("id", DataTypes.LongType, false)
                .add("name", DataTypes.StringType, false)
                .add("weight", DataTypes.DoubleType, false)
                .add("lang", DataTypes.StringType)
                .add("price", DataTypes.IntegerType)
                .add("features", TestVectors.FLOATS, false);
        return TestVectors.rows(rows, schema, 2).selectExpr("*", "features as vector");
    }

    /** Returns 300 rows of vectors of dimension 6, twice, under the usual name and another. */
    static Dataset<Row> data(Path corpus) throws IOException {
        return frame(corpus).filter("id < " + ROWS);
    }

    static Dataset<Row> queries(Path corpus) throws IOException {
        return frame(corpus).filter("id >= " + ROWS);
    }

    /** Returns each 25th row, with the column that a stage reads. */
    private static Dataset<Row> some(Path corpus, Params stage) throws IOException {
        return data(corpus).filter("id % 25 = 0").select("id", text(stage, "featuresCol"));
    }

    private static String text(Params stage, String param) {
        return String.valueOf(stage.getOrDefault(stage.getParam(param)));
    }

    /** Returns what a model, or a Pipeline with such a stage, makes of some rows. */
    static Dataset<Row> transformed(Transformer model, Params stage, Path corpus) throws IOException {
        return model.transform(some(corpus, stage))
                .drop(text(stage, "featuresCol"))
                .orderBy("id");
    }

    static Dataset<Row> transformed(Transformer model, Path corpus) throws IOException {
        return transformed(model, model, corpus);
    }

    static Dataset<Row> decoded(CodeModel<?> model, Path corpus) throws IOException {
        String column = model.getCodeCol().isEmpty() ? model.getCodesCol() : model.getCodeCol();
        return model.decode(model.transform(some(corpus, model)).select("id", column))
                .orderBy("id");
    }

    /** Loads what the JSON beside it names the kind of. */
    static Params load(Path corpus, String name) {
        String type = EarlierRevisionJson.read(corpus.resolve(name + ".json"))
                .get("type")
                .asText();
        return LOADERS.get(type).apply(corpus.resolve(name).toString());
    }

    /**
     * A training that was killed.
     *
     * @param name of its checkpoint
     * @param estimator what trained
     * @param killedAt how often it had said how far it is
     */
    record Training(String name, Estimator<?> estimator, int killedAt) {
        @Override
        public String toString() {
            return name;
        }

        /** Trains, or goes on. */
        Model<?> fit(Dataset<Row> data, Path checkpoint, TrainingListener listener, Path index) {
            if (estimator instanceof IvfIndex ivf) {
                ivf.setCheckpointDir(checkpoint.toString()).setListener(listener);
                return ivf.setIndexDir(index.toString()).fit(data);
            }
            QuantizerEstimator<?, ?> training = (QuantizerEstimator<?, ?>) estimator;
            training.setCheckpointDir(checkpoint.toString()).setListener(listener);
            return training.fit(data);
        }
    }

    /** Returns the trainings of the first corpus, or those of later ones. */
    static List<Training> trainings(Path corpus, boolean later) {
        List<Training> all = new ArrayList<>(codebookTrainings());
        VQModel start = VQModel.load(corpus.resolve("models/vq-euclidean").toString());
        all.add(new Training("vq-warm", vq("nsvq").setK(12).setInitialModel(start), 10));
        all.addAll(codeTrainings());
        all.addAll(indexTrainings());
        if (later) {
            all.removeIf(training -> !KEPT.contains(training.name()));
            all.addAll(trainingsByDefault());
        }
        return all;
    }

    /** The recipe of 0.2.0, whose passes are a job each where rows are so few. */
    private static List<Training> trainingsByDefault() {
        IvfIndex index = new IvfIndex()
                .setNumLists(9)
                .setQuantizer("pq")
                .setNumCodebooks(2)
                .setCodebookBits(4);
        return List.of(
                new Training("vq-recipe", new VQ().setK(8), 7),
                new Training("rq-recipe", new ResidualVQ().setNumCodebooks(2).setCodebookBits(4), 7),
                new Training("index-recipe", index, 24));
    }

    private static VQ vq(String updater) {
        return new VQ()
                .setUpdater(updater)
                .setK(9)
                .setMaxIter(6)
                .setLloydIter(2)
                .setBatchSize(75)
                // the defaults of those revisions, here and below, which their saved stages bring along
                .setLocalSteps(1)
                .setLearningRate(0.5)
                .setFinalRate(0.05)
                .setTol(0)
                .setSeed(5);
    }

    /** Each rule, each start, and what else a checkpoint keeps: four passes of four steps, then two exact ones. */
    private static List<Training> codebookTrainings() {
        return List.of(
                new Training("vq-nsvq", vq("nsvq"), 10),
                new Training("vq-sgd", vq("sgd").setReseeding("none"), 10),
                new Training("vq-ema", vq("ema").setInitMode("k-means||").setWeightCol("weight"), 10),
                new Training("vq-minibatch", vq("minibatch").setInitMode("k-means++"), 10),
                new Training("vq-ste", vq("ste").setInitMode("noisy"), 10),
                new Training("vq-lloyd", vq("lloyd"), 4),
                new Training("vq-lloyd-phase", vq("nsvq").setLearningRate(0.3).setFinalRate(0.1), 18),
                new Training("vq-all-passes-done", vq("nsvq"), 19),
                new Training("vq-cosine", vq("nsvq").setDistanceMeasure("cosine"), 10),
                new Training("vq-local-steps", vq("nsvq").setLocalSteps(3), 6),
                new Training(
                        "vq-presence",
                        vq("nsvq")
                                .setK(40)
                                .setReseeding("presence")
                                .setMaxIter(20)
                                .setBatchSize(150),
                        25),
                new Training(
                        "vq-defaults",
                        new VQ()
                                .setK(8)
                                .setMaxIter(20)
                                .setLocalSteps(1)
                                .setLearningRate(0.5)
                                .setFinalRate(0.05),
                        50));
    }

    private static <E extends CodeEstimator<E, ?>> E coded(E estimator) {
        if (estimator instanceof ProductVQ) {
            estimator.setLearningRate(0.5);
        }
        return estimator
                .setLocalSteps(1)
                .setFinalRate(0.05)
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setBatchSize(75)
                .setTol(0)
                .setSeed(3);
    }

    /** In each part: a rotation, codebooks (two passes of four steps, two exact ones), prices, joint passes. */
    private static List<Training> codeTrainings() {
        return List.of(
                new Training("pq", coded(new ProductVQ()), 7),
                new Training("pq-cosine", coded(new ProductVQ()).setDistanceMeasure("cosine"), 7),
                new Training("opq-rotation", opq(), 3),
                new Training("opq-codebooks", opq(), 11),
                new Training(
                        "rq-levels", coded(new ResidualVQ()).setJointIter(0).setLevelBits(3, 4), 7),
                new Training(
                        "rq-half-lloyd",
                        coded(new ResidualVQ()).setLloydIter(-1).setMaxIter(5),
                        9),
                new Training(
                        "rq-joint", coded(new ResidualVQ()).setJointIter(10).setBeam(3), 14),
                new Training(
                        "rq-joint-best-before",
                        coded(new ResidualVQ()).setJointIter(4).setBeam(3),
                        14),
                new Training(
                        "rq-balanced", coded(new ResidualVQ()).setBalanced(true).setBalanceIter(5), 14),
                new Training("aq-levels", coded(new AdditiveVQ()).setJointIter(4), 7),
                new Training(
                        "aq-joint",
                        coded(new AdditiveVQ()).setJointIter(6).setBeam(4).setPolishIter(2),
                        15));
    }

    private static ProductVQ opq() {
        return coded(new ProductVQ()).setRotation("opq").setRotationIter(4);
    }

    private static IvfIndex index(String quantizer) {
        return new IvfIndex()
                .setLocalSteps(1)
                .setNumLists(9)
                .setQuantizer(quantizer)
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setSeed(4);
    }

    /** Centroids take two passes of nine steps and an exact one, then codes are trained as above. */
    private static List<Training> indexTrainings() {
        return List.of(
                new Training("index-flat", index("flat"), 12),
                new Training("index-pq-centroids", index("pq").setMetric("ip"), 12),
                new Training("index-pq-codes", index("pq").setMetric("cosine").setUpdater("minibatch"), 32),
                new Training("index-opq-rotation", index("opq").setRotationIter(3), 22),
                new Training("index-opq-codes", index("opq").setRotationIter(3), 35),
                new Training("index-rq-joint", index("rq").setJointIter(3).setBeam(4), 34),
                new Training("index-aq-joint", index("aq").setJointIter(3).setBeam(4), 34));
    }

    /** The searches that the answers of an index were recorded of. */
    static Dataset<Row> search(String how, IvfIndexModel index, Path corpus) throws IOException {
        Dataset<Row> queries = queries(corpus);
        Dataset<Row> data = data(corpus);
        Dataset<Row> found = switch (how) {
            case "as it was saved" -> index.transform(queries);
            case "all lists" -> index.setProbes(99).setK(3).transform(queries);
            case "filter" ->
                index.setFilter("lang = 'de' and price < 50 or lang is null").transform(queries);
            case "allowed" ->
                index.setAllowed(data.filter("price % 2 = 0").select(index.getIdCol()))
                        .transform(queries);
            case "slack" -> index.setProbes(12).setSlack(0.5).transform(queries);
            case "rerank" -> index.setRerank(20).setVectors(data).transform(queries);
            case "without self" -> index.setExcludeSelf(true).transform(data.filter("id < 6"));
            default -> throw new IllegalArgumentException(how);
        };
        return found.select("id", index.getNeighborsCol()).orderBy("id");
    }

    /** Returns what a local search of a FAISS file finds for each query: in its usual lists, and in all of them. */
    static ArrayNode answers(Path file, Dataset<Row> queries) {
        ArrayNode answers = JsonNodeFactory.instance.arrayNode();
        try (var index = FaissFiles.open(file)) {
            for (Row row : queries.orderBy("id").select("features").collectAsList()) {
                float[] query = CodeModels.floats(row, "features");
                for (int probes : new int[] {index.probes(), index.lists().lists()}) {
                    var found = index.search(query, 4, probes);
                    ObjectNode answer = answers.addObject();
                    answer.set("ids", EarlierRevisionJson.longs(found.ids()));
                    answer.set("distances", EarlierRevisionJson.floats(found.distances()));
                }
            }
        }
        return answers;
    }

    /** Writes a FAISS file of a model, of its codes or of an index, as its JSON says. */
    static void export(Path corpus, JsonNode how, Path file) throws IOException {
        String from = how.get("from").asText();
        if (from.startsWith("indexes/")) {
            IvfIndexModel index = IvfIndexModel.load(corpus.resolve(from).toString());
            String fastScan = how.get("fastScan").asText();
            String refine = how.path("refine").asText("none");
            if (!refine.equals("none")) {
                index.setVectors(data(corpus));
            }
            MLWriter writer = index.write()
                    .option("fastScan", fastScan)
                    .option("refine", refine)
                    .option("spill", how.path("spill").asText("false"));
            ((GeneralMLWriter) writer).format("faiss").save(file.toString());
        } else if (how.get("codes").asBoolean()) {
            CodeModel<?> model = (CodeModel<?>) load(corpus, from);
            Dataset<Row> codes = model.transform(data(corpus)).selectExpr("3 * id as id", model.getCodeCol());
            FaissExport.write(model.quantizer(), true, codes, "id", model.getCodeCol(), file.toString(), false);
        } else {
            MLWritable model = (MLWritable) load(corpus, from);
            ((GeneralMLWriter) model.write()).format("faiss").save(file.toString());
        }
    }
}
