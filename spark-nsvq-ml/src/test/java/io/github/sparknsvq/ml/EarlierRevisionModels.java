package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.EarlierRevisionStages.data;
import static io.github.sparknsvq.ml.EarlierRevisionStages.decoded;
import static io.github.sparknsvq.ml.EarlierRevisionStages.transformed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The part of {@link EarlierRevisionCorpus} that {@code write().save} saves: models, Pipelines, estimators. */
final class EarlierRevisionModels {
    private final Path root;

    EarlierRevisionModels(Path root) {
        this.root = root;
    }

    void write() throws IOException {
        models();
        entropyCodes();
        pipelines();
        estimators();
        transformers();
    }

    private String path(String name) {
        return root.resolve(name).toString();
    }

    private void record(String name, ObjectNode json) {
        EarlierRevisionJson.write(root.resolve(name + ".json"), json);
    }

    // --- models --------------------------------------------------------------------------------------------------

    private static VQ vq(String uid) {
        return new VQ(uid)
                .setFeaturesCol("vector")
                .setWeightCol("weight")
                .setK(12)
                .setInitMode("k-means||")
                .setInitSteps(3)
                .setMaxIter(5)
                .setTol(1e-3)
                .setSeed(11)
                .setUpdater("minibatch")
                .setBatchSize(100)
                .setLocalSteps(2)
                .setLearningRate(0.4)
                .setFinalRate(0.1)
                .setLloydIter(2)
                .setReseeding("presence")
                .setPresenceThreshold(0.05)
                .setRepair("on")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setPredictionCol("codeword")
                .setDistanceCol("far")
                .setReconstructionCol("near");
    }

    private static <E extends CodeEstimator<E, ?>> E codes(E estimator) {
        return estimator
                .setFeaturesCol("vector")
                .setWeightCol("weight")
                .setNumCodebooks(3)
                .setCodebookBits(4)
                .setInitMode("k-means++")
                .setMaxIter(5)
                .setTol(1e-3)
                .setSeed(12)
                .setUpdater("ema")
                .setBatchSize(100)
                .setLocalSteps(2)
                .setLearningRate(0.4)
                .setFinalRate(0.1)
                .setLloydIter(2)
                .setReseeding("presence")
                .setPresenceThreshold(0.05)
                .setRepair("on")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setCodeCol("packed")
                .setCodesCol("indices")
                .setErrorsCol("errors")
                .setDistanceCol("far")
                .setReconstructionCol("near");
    }

    private static SpaceFillingVQ curve(String uid) {
        return new SpaceFillingVQ(uid)
                .setFeaturesCol("vector")
                .setWeightCol("weight")
                .setK(8)
                .setMaxIter(4)
                .setExactIter(2)
                .setSeed(14)
                .setBatchSize(100)
                .setLearningRate(0.4)
                .setFinalRate(0.1)
                .setSearch("corners")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setPredictionCol("segment")
                .setPositionCol("place")
                .setDistanceCol("far")
                .setReconstructionCol("near");
    }

    private void models() throws IOException {
        Dataset<Row> data = data(root);
        model("vq-euclidean", vq("vq-1").fit(data));
        model("vq-cosine", vq("vq-2").setDistanceMeasure("cosine").fit(data));
        VQ weighted = vq("vq-6").setDimensionWeights(1, 2, 1, 0.5, 1, 3);
        model("vq-weighted", weighted.fit(data));
        model("sfvq", curve("curve-1").fit(data));
        model("vq-defaults", new VQ("vq-3").setK(8).fit(data));
        model("pq", codes(new ProductVQ("pq-1")).fit(data));
        ProductVQ opq = codes(new ProductVQ("pq-2")).setRotation("opq").setRotationIter(4);
        model("opq", opq.fit(data));
        model("opq-cosine", opq.setNumCodebooks(2).setDistanceMeasure("cosine").fit(data));
        ResidualVQ rq = codes(new ResidualVQ("rq-1")).setBeam(3).setJointIter(3);
        model("rq", rq.fit(data));
        model(
                "rq-balanced",
                rq.setLevelBits(3, 4, 2).setBalanced(true).setBalanceIter(4).fit(data));
        // levels of 8 bits, whose codes say by their length where they end; smaller ones have indices alone
        ResidualVQ ending = codes(new ResidualVQ("rq-2")).setErrorThreshold(0.4).setJointIter(2);
        model("rq-threshold-codes", ending.setLevelBits(8, 8).fit(data));
        model(
                "rq-threshold",
                ending.setErrorThreshold(2.5)
                        .setLevelBits(4, 3, 4)
                        .setCodeCol("")
                        .fit(data));
        model(
                "aq",
                codes(new AdditiveVQ("aq-1"))
                        .setBeam(4)
                        .setJointIter(4)
                        .setPolishIter(2)
                        .fit(data));
    }

    private <M extends Model<M> & MLWritable> void model(String name, M model) throws IOException {
        model.set(model.getParam("checkpointDir"), "checkpoints/" + name);
        model.write().save(path("models/" + name));
        ObjectNode json = EarlierRevisionJson.stage(model);
        json.put("type", model.getClass().getSimpleName());
        json.set("codebooks", EarlierRevisionJson.codebooks(model));
        json.set("rows", EarlierRevisionJson.rows(transformed(model, root)));
        if (model instanceof CodeModel<?> codes) {
            json.put("codeSize", codes.codeSize());
            json.set("decoded", EarlierRevisionJson.rows(decoded(codes, root)));
        }
        record("models/" + name, json);
    }

    /** Codes of equal length, and codes that say by their length where they end. */
    private void entropyCodes() throws IOException {
        for (String name : List.of("pq", "rq-threshold-codes")) {
            CodeModel<?> model = (CodeModel<?>) EarlierRevisionStages.load(root, "models/" + name);
            Dataset<Row> codes = model.transform(data(root)).select("id", model.getCodeCol());
            EntropyCodes.write(codes, model, path("entropy/" + name));
            ObjectNode json = EarlierRevisionJson.object();
            json.set("rows", EarlierRevisionJson.rows(codes.orderBy("id")));
            record("entropy/" + name, json);
        }
    }

    private void pipelines() throws IOException {
        pipeline("vq", vq("vq-4"));
        pipeline("pq", codes(new ProductVQ("pq-3")).setRotation("opq").setRotationIter(3));
    }

    private void pipeline(String name, PipelineStage stage) throws IOException {
        PipelineModel model = new Pipeline("pipeline-" + name)
                .setStages(new PipelineStage[] {stage})
                .fit(data(root));
        model.write().save(path("pipelines/" + name));
        ObjectNode json = EarlierRevisionJson.object().put("uid", model.uid());
        Transformer inner = model.stages()[0];
        json.set("stage", EarlierRevisionJson.stage(inner));
        json.set("rows", EarlierRevisionJson.rows(transformed(model, inner, root)));
        record("pipelines/" + name, json);
    }

    // --- estimators ----------------------------------------------------------------------------------------------

    private void estimators() throws IOException {
        String checkpoint = "some/checkpoints";
        VQ vq = vq("vq-5").setDistanceMeasure("cosine").setCheckpointDir(checkpoint);
        vq.setDimensionWeights(1, 2, 1, 0.5, 1, 3);
        VQModel start = VQModel.load(path("models/vq-euclidean"));
        saved("vq-warm", vq.copy(ParamMap.empty()).setInitialModel(start)); // it is no path
        estimator("vq", vq.setInitialModelPath("some/model"));
        ProductVQ pq = whole(new ProductVQ("pq-4")).setRotation("opq").setRotationIter(7);
        estimator("pq", pq);
        ResidualVQ rq = whole(new ResidualVQ("rq-3")).setBeam(3).setJointIter(6).setErrorThreshold(0.25);
        rq.setLevelBits(9, 10).setBalanced(true).setBalanceIter(9);
        estimator("rq", rq);
        AdditiveVQ aq = whole(new AdditiveVQ("aq-2")).setBeam(3).setJointIter(6).setPolishIter(5);
        estimator("aq", aq);
        SpaceFillingVQ sfvq = curve("curve-2").setDistanceMeasure("cosine");
        estimator("sfvq", sfvq.setCheckpointDir(checkpoint));
        IvfIndex index = allOfAnIndex().setCheckpointDir(checkpoint).setIndexDir("some/index");
        estimator("index", index.setVectorsTable("vectors").setAllowedTable("ids"));
        estimator(
                "vq-evaluator",
                new VQEvaluator("evaluator-1").setDistanceCol("far").setDistanceMeasure("cosine"));
        estimator(
                "recall-evaluator",
                new RecallEvaluator("evaluator-2")
                        .setNeighborsCol("near")
                        .setTruthCol("true")
                        .setK(3)
                        .setMetricName("intersection"));
        estimator(
                "usage-evaluator",
                new UsageEvaluator("evaluator-3")
                        .setPredictionCol("codeword")
                        .setK(12)
                        .setMetricName("deviation"));
        Pipeline pipeline = new Pipeline("pipeline-1").setStages(new PipelineStage[] {vq});
        pipeline.write().save(path("estimators/pipeline"));
        ObjectNode json = EarlierRevisionJson.stage(vq).put("type", "Pipeline");
        record("estimators/pipeline", json);
    }

    private static <E extends CodeEstimator<E, ?>> E whole(E estimator) {
        return codes(estimator)
                .setDistanceMeasure("cosine")
                .setDimensionWeights(1, 2, 1, 0.5, 1, 3)
                .setInitialModelPath("some/model")
                .setCheckpointDir("some/checkpoints");
    }

    /** Stages that name a model or an index by its path, or need none. */
    private void transformers() throws IOException {
        estimator(
                "code-decoder",
                new CodeDecoder("decoder-1")
                        .setModelPath("some/model")
                        .setCodeCol("packed")
                        .setReconstructionCol("near"));
        estimator(
                "distinct-codes",
                new DistinctCodes("distinct-1").setCodesCol("indices").setIdCol("name"));
        IvfSearch search = new IvfSearch("search-1")
                .setIndexDir("some/index")
                .setFeaturesCol("vector")
                .setIdCol("name")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setK(4)
                .setProbes(3)
                .setSlack(0.25)
                .setRerank(9)
                .setFilter("price < 60")
                .setExcludeSelf(true)
                .setNeighborsCol("near")
                .setVectorsTable("vectors")
                .setAllowedTable("ids");
        estimator("ivf-search", search);
    }

    static IvfIndex allOfAnIndex() {
        return new IvfIndex("ivf-1")
                .setFeaturesCol("vector")
                .setIdCol("name")
                .setNumLists(7)
                .setListTraining("flat")
                .setMetric("cosine")
                .setQuantizer("rq")
                .setNumCodebooks(3)
                .setCodebookBits(5)
                .setMaxIter(4)
                .setLocalSteps(2)
                .setRotationIter(3)
                .setJointIter(2)
                .setBeam(4)
                .setSeed(13)
                .setUpdater("lloyd")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setAttributeCols("lang", "price")
                .setK(4)
                .setProbes(3)
                .setSlack(0.25)
                .setRerank(9)
                .setFilter("price < 60")
                .setExcludeSelf(true)
                .setNeighborsCol("near");
    }

    private <S extends Params & MLWritable> void estimator(String name, S stage) throws IOException {
        for (Param<?> param : stage.params()) {
            if (!stage.isSet(param) || stage.get(param).equals(stage.getDefault(param))) {
                throw new IllegalStateException(name + " has the default " + param);
            }
        }
        saved(name, stage);
    }

    private <S extends Params & MLWritable> void saved(String name, S stage) throws IOException {
        stage.write().save(path("estimators/" + name));
        ObjectNode json = EarlierRevisionJson.stage(stage);
        record("estimators/" + name, json.put("type", stage.getClass().getSimpleName()));
    }
}
