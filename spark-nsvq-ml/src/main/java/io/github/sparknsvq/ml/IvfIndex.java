package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.hierarchy.HierarchicalTraining;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.index.FirstVectors;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.IvfIndexParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.SumParams;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds an index for nearest-neighbor search of inverted lists (IVFADC: Jegou, Douze and Schmid, TPAMI 2011):
 * centroids of lists and codebooks for their residuals are trained on all rows, then every vector is assigned, coded
 * and written to the index's directory in one pass. The model searches it for data sets of queries.
 *
 * <p>Distances are smaller for nearer vectors: squared Euclidean ones under {@code metric} l2, inner products with
 * their sign turned under ip, one minus the cosine under cosine.
 *
 * <p>Params and their defaults: {@link ParamSet}. Wrong values are refused when they are set.
 */
public final class IvfIndex extends NsvqEstimator<IvfIndex, IvfIndexModel>
        implements IvfIndexParams.OfEstimator<IvfIndex> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(IvfIndex.class);

    /** Makes an estimator with an id of its own. */
    public IvfIndex() {
        this(Identifiable$.MODULE$.randomUID("ivf"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public IvfIndex(String uid) {
        super(uid, ParamSet::ivfIndex);
    }

    /**
     * Trains on all rows and puts them into a new index.
     *
     * @throws NsvqException if the index's directory is there already, or ids are not unique
     */
    @Override
    public IvfIndexModel fit(Dataset<?> dataset) {
        return build(dataset, dataset);
    }

    /**
     * Trains on some rows and puts others into a new index.
     *
     * @param training has the column {@code featuresCol}
     * @param vectors has the columns {@code featuresCol}, {@code idCol} and {@code attributeCols}
     * @throws NsvqException if the index's directory is there already, or ids are not unique
     */
    public IvfIndexModel build(Dataset<?> training, Dataset<?> vectors) {
        long began = System.nanoTime();
        Checks.notStreaming(training, "trained on");
        Checks.notStreaming(vectors, "put into an index");
        SparkSession spark = training.sparkSession();
        IndexColumns columns = checkedColumns(training.schema(), vectors.schema());
        VectorColumn column = columns.vectors(training.schema());
        VectorColumn added = columns.vectors(vectors.schema());
        String path = IndexFiles.place(this, spark);
        return watched(spark, began, (checkpoint, watch) -> {
            watch.begins("packing rows");
            IvfIndexSummary.Trained trained;
            try (SparkStatisticsSource rows = SparkStatisticsSource.pack(training, column, null, skipsInvalid())) {
                checkDimension(rows.dimension());
                if (training != vectors) {
                    FirstVectors.check(vectors, added, "to index", rows.dimension(), "those to train on have");
                }
                trained = train(rows, checkpoint, watch);
            }
            double trainSeconds = watch.seconds();
            watch.begins("encoding and writing vectors");
            long expected = training == vectors ? trained.rows() : 0;
            IvfIndexModel model =
                    copyValues(new IvfIndexModel(uid(), trained.index(), columns.lists(), path), ParamMap.empty());
            model.clear(model.indexDir()); // which may be moved
            model.withTraining(trained.kept());
            WholeWriter.save(
                    path,
                    spark,
                    false,
                    beside -> IndexFiles.save(
                            model,
                            beside,
                            spark,
                            index -> index.add(vectors, added, getIdCol(), skipsInvalid(), expected)));
            return model.withSummary(trained.summary(trainSeconds, watch.seconds() - trainSeconds))
                    .setParent(this);
        });
    }

    /**
     * Trains centroids and codebooks as {@link #fit} does, and makes no index of them. Not API.
     *
     * @param training has the column {@code featuresCol}
     */
    public SharedIndex trained(Dataset<?> training) {
        VectorColumn column = VectorColumn.of(
                training.schema(), getFeaturesCol(), DistanceKind.of(getMetric()) == DistanceKind.COSINE);
        long began = System.nanoTime();
        try (Watch watch = Watch.open(training.sparkSession(), uid(), listener(), began)) {
            watch.begins("packing rows");
            try (SparkStatisticsSource rows = SparkStatisticsSource.pack(training, column, null, skipsInvalid())) {
                checkDimension(rows.dimension());
                return train(rows, null, watch).index();
            }
        }
    }

    /**
     * Refuses what {@link #build} would refuse: columns by their types, and dimensions by a look at the first rows,
     * before any pass over the data. For callers that have work of their own before it.
     *
     * @param training has the column {@code featuresCol}
     * @param vectors has the columns {@code featuresCol}, {@code idCol} and {@code attributeCols}
     * @throws NsvqException if an index cannot be built of these
     */
    public void check(Dataset<?> training, Dataset<?> vectors) {
        IndexColumns columns = checkedColumns(training.schema(), vectors.schema());
        FirstVectors.check(training, columns.vectors(training.schema()), dimension -> {
            checkDimension(dimension);
            if (training != vectors) {
                VectorColumn added = columns.vectors(vectors.schema());
                FirstVectors.check(vectors, added, "to index", dimension, "those to train on have");
            }
        });
    }

    private IndexColumns checkedColumns(StructType training, StructType vectors) {
        transformSchema(vectors);
        IndexColumns columns = IndexColumns.of(this, vectors);
        columns.vectors(training);
        return columns;
    }

    /** Refuses a dimension that the quantizer cannot have, before the lists are trained, which comes first. */
    private void checkDimension(int dimension) {
        CodeEstimator<?, ?> codes = codeEstimator();
        if (codes != null) {
            codes.checkDimension(dimension);
        }
    }

    private IvfIndexSummary.Trained train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        CodeEstimator<?, ?> codes = codeEstimator();
        int lists = lists(rows.rows());
        FloatMatrix codebook;
        double coarseMse;
        watch.within("lists");
        if (isHierarchical(lists)) { // fast enough to do without checkpoints
            unusedByLists(checkpoint != null).ifPresent(LOG::warn);
            watch.begins("training centroids");
            TrainingResult trained = HierarchicalTraining.train(rows, hierarchical(lists), watch);
            codebook = trained.codebook();
            coarseMse = trained.statistics().meanError();
        } else {
            HadoopCheckpoint part = checkpoint == null ? null : checkpoint.part(HadoopCheckpoint.Part.COARSE);
            VQModel centroids = coarse(lists).train(rows, part, watch);
            codebook = centroids.codebook();
            coarseMse = centroids.summary().mse();
        }
        SharedQuantizer quantizer = null;
        double mse = 0;
        watch.within("");
        if (codes != null) {
            watch.begins("packing residuals");
            try (SparkStatisticsSource residuals = rows.residuals(codebook, Device.of(getDevice()))) {
                rows.close();
                CodeModel<?> model = codes.train(
                        residuals, checkpoint == null ? null : checkpoint.part(HadoopCheckpoint.Part.CODES), watch);
                quantizer = model.shared();
                mse = model.summary().mse();
            }
        }
        SharedIndex index =
                new SharedIndex(DistanceKind.of(getMetric()), codebook, quantizer, true, Device.of(getDevice()));
        return new IvfIndexSummary.Trained(index, rows.rows(), coarseMse, mse);
    }

    private int lists(long rows) {
        long most = Math.min(rows, MOST_AUTOMATIC_LISTS);
        return getNumLists() > 0
                ? getNumLists()
                : (int) Math.max(1, Math.min(most, Math.round(4 * Math.sqrt((double) rows))));
    }

    private boolean isHierarchical(int lists) {
        return getListTraining().equals("hierarchical")
                || (getListTraining().equals("auto") && lists >= TwoLevelProvider.LISTS);
    }

    /** Says which params differ from their defaults, though hierarchical training of lists does not use them. */
    Optional<String> unusedByLists(boolean checkpointed) {
        Stream<String> params = Stream.of(maxIter(), updater(), localSteps())
                .filter(param -> isSet(param)
                        && !getOrDefault(param).equals(getDefault(param).get()))
                .map(Param::name);
        String set = Stream.concat(params, checkpointed ? Stream.of("the checkpoint") : Stream.empty())
                .collect(Collectors.joining(", "));
        String where = getQuantizer().equals("flat") ? "is not used" : "goes to the training of the codebooks alone";
        String what = "what was set of " + set + " " + where;
        return set.isEmpty()
                ? Optional.empty()
                : Optional.of("lists are trained hierarchically, with passes of their own: " + what
                        + " (listTraining = flat uses it for lists)");
    }

    private TrainingSettings hierarchical(int lists) {
        return TrainingSettings.builder(lists)
                .seed(getSeed())
                .unitLength(getMetric().equals("cosine"))
                .device(Device.of(getDevice()))
                .build();
    }

    private VQ coarse(int lists) {
        return common(new VQ(uid() + "_coarse"))
                .setK(lists)
                .setDistanceMeasure(getMetric().equals("cosine") ? "cosine" : "euclidean");
    }

    /** Returns what trains codebooks on residuals, or null where lists hold vectors. */
    private CodeEstimator<?, ?> codeEstimator() {
        String of = uid() + "_codes";
        return switch (getQuantizer()) {
            case "flat" -> null;
            case "pq" -> coded(new ProductVQ(of));
            case "opq" -> {
                ProductVQ rotated = coded(new ProductVQ(of)).setRotation("opq");
                yield getRotationIter() < 0 ? rotated : rotated.setRotationIter(getRotationIter());
            }
            case "rq" -> searched(coded(new ResidualVQ(of)));
            default -> searched(coded(new AdditiveVQ(of)));
        };
    }

    private <E extends SumParams.OfEstimator<E>> E searched(E estimator) {
        E sums = getBeam() < 0 ? estimator : estimator.setBeam(getBeam());
        return getJointIter() < 0 ? sums : sums.setJointIter(getJointIter());
    }

    private <E extends CodeEstimator<E, ?>> E coded(E estimator) {
        return common(estimator).setNumCodebooks(getNumCodebooks()).setCodebookBits(getCodebookBits());
    }

    private <E extends TrainingEstimator<E, ?>> E common(E estimator) {
        // what indexes and checkpoints of earlier revisions, which bring localSteps along, were trained with
        if (getLocalSteps() > 0) {
            estimator.setFinalRate(0.05);
            if (estimator instanceof VQ || estimator instanceof ProductVQ) {
                estimator.setLearningRate(0.5);
            }
        }
        return estimator
                .setFeaturesCol(getFeaturesCol())
                .setMaxIter(getMaxIter())
                .setLocalSteps(getLocalSteps())
                .setSeed(getSeed())
                .setUpdater(getUpdater())
                .setDevice(getDevice());
    }

    @Override
    public StructType transformSchema(StructType schema) {
        IndexColumns columns = IndexColumns.of(this, schema);
        CodeEstimator<?, ?> codes = codeEstimator(); // refuses params that the quantizer cannot have
        if (codes != null) {
            codes.transformSchema(new StructType().add(getFeaturesCol(), "array<float>"));
        }
        return columns.found(schema);
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<IvfIndex> read() {
        return new StageReader<>(IvfIndex.class, (files, spark) -> new IvfIndex(files.uid()));
    }

    /** Loads a saved estimator. */
    public static IvfIndex load(String path) {
        return read().load(path);
    }
}
