package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.param.IvfIndexParamSet;
import io.github.sparknsvq.ml.param.IvfIndexParams;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Builds an index for nearest-neighbour search of inverted lists (IVFADC: Jegou, Douze and Schmid, TPAMI 2011): centroids of
 * lists and codebooks for what vectors leave over are trained on all rows, then every vector is assigned, coded and written
 * to the index's directory in one pass. The model searches it for data sets of queries.
 *
 * <p>Distances are smaller for nearer vectors: squared Euclidean ones under {@code metric} l2, inner products with their sign
 * turned under ip, one minus the cosine under cosine.
 *
 * <p>Params and their defaults: {@link IvfIndexParamSet}. Wrong values are refused when they are set.
 */
public final class IvfIndex extends Estimator<IvfIndexModel> implements IvfIndexParams, MLWritable {
    private static final long serialVersionUID = 1L;

    private static final int MOST_LISTS = 1 << 16;

    private final String uid;
    private final IvfIndexParamSet params;
    private transient TrainingListener listener = TrainingListener.NONE;
    private boolean keepsCheckpoint;

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
        this.uid = uid;
        this.params = new IvfIndexParamSet(this);
        params.setDefaults(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public IvfIndexParamSet paramSet() {
        return params;
    }

    /** Sets the column of vectors, and of queries. */
    public IvfIndex setFeaturesCol(String value) {
        set(featuresCol(), value);
        return this;
    }

    /** Sets the column of ids. */
    public IvfIndex setIdCol(String value) {
        set(idCol(), value);
        return this;
    }

    /** Sets the number of lists, 0 for automatic. */
    public IvfIndex setNumLists(int value) {
        set(numLists(), value);
        return this;
    }

    /** Sets what vectors are compared by: l2, ip or cosine. */
    public IvfIndex setMetric(String value) {
        set(metric(), value);
        return this;
    }

    /** Sets what codes vectors: flat, pq, opq, rq or aq. */
    public IvfIndex setQuantizer(String value) {
        set(quantizer(), value);
        return this;
    }

    /** Sets the number of codebooks. */
    public IvfIndex setNumCodebooks(int value) {
        set(numCodebooks(), value);
        return this;
    }

    /** Sets the bits of an index. */
    public IvfIndex setCodebookBits(int value) {
        set(codebookBits(), value);
        return this;
    }

    /** Sets the passes that train centroids, and again codebooks. */
    public IvfIndex setMaxIter(int value) {
        set(maxIter(), value);
        return this;
    }

    /** Sets the steps between two merges. */
    public IvfIndex setLocalSteps(int value) {
        set(localSteps(), value);
        return this;
    }

    /** Sets the passes that find the rotation of opq, -1 for its default. */
    public IvfIndex setRotationIter(int value) {
        set(rotationIter(), value);
        return this;
    }

    /** Sets the joint passes of rq and aq, -1 for their defaults. */
    public IvfIndex setJointIter(int value) {
        set(jointIter(), value);
        return this;
    }

    /** Sets how many sums the search for a code keeps, -1 for the default. */
    public IvfIndex setBeam(int value) {
        set(beam(), value);
        return this;
    }

    /** Sets where all chance comes from. */
    public IvfIndex setSeed(long value) {
        set(seed(), value);
        return this;
    }

    /** Sets the update rule. */
    public IvfIndex setUpdater(String value) {
        set(updater(), value);
        return this;
    }

    /** Sets where to search. */
    public IvfIndex setDevice(String value) {
        set(device(), value);
        return this;
    }

    /** Sets what becomes of invalid vectors and queries. */
    public IvfIndex setHandleInvalid(String value) {
        set(handleInvalid(), value);
        return this;
    }

    /** Sets the directory that keeps the training's state, empty for none. */
    public IvfIndex setCheckpointDir(String value) {
        set(checkpointDir(), value);
        return this;
    }

    /** Sets the directory that fit makes, empty for one of its own choice. */
    public IvfIndex setIndexDir(String value) {
        set(indexDir(), value);
        return this;
    }

    /** Sets the columns kept beside the ids. */
    public IvfIndex setAttributeCols(String... values) {
        set(attributeCols(), values);
        return this;
    }

    /** Sets the neighbours of each query. */
    public IvfIndex setK(int value) {
        set(k(), value);
        return this;
    }

    /** Sets the lists that each query looks at. */
    public IvfIndex setProbes(int value) {
        set(probes(), value);
        return this;
    }

    /** Sets how many neighbours are ranked again by the vectors themselves, 0 for none. */
    public IvfIndex setRerank(int value) {
        set(rerank(), value);
        return this;
    }

    /** Sets the condition that neighbours meet, empty for none. */
    public IvfIndex setFilter(String value) {
        set(filter(), value);
        return this;
    }

    /** Sets whether a query's own id is not among its neighbours. */
    public IvfIndex setExcludeSelf(boolean value) {
        set(excludeSelf(), value);
        return this;
    }

    /** Sets the column for neighbours. */
    public IvfIndex setNeighborsCol(String value) {
        set(neighborsCol(), value);
        return this;
    }

    /** Sets who hears how trainings go on, on the driver. No Param: it is copied, but not saved. */
    public IvfIndex setListener(TrainingListener value) {
        listener = Objects.requireNonNull(value);
        return this;
    }

    /** Sets whether the checkpoint stays when the index is there: see {@link TrainingEstimator#setKeepsCheckpoint}. */
    public IvfIndex setKeepsCheckpoint(boolean value) {
        keepsCheckpoint = value;
        return this;
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
        transformSchema(vectors.schema());
        long began = System.nanoTime();
        SparkSession spark = training.sparkSession();
        String path = IndexFiles.place(this, spark);
        ListSchema schema = listSchema(vectors.schema());
        VectorColumn column = VectorColumn.of(training.schema(), getFeaturesCol(), cosine());
        try (HadoopCheckpoint checkpoint = getCheckpointDir().isEmpty()
                ? null
                : HadoopCheckpoint.open(getCheckpointDir(), SparkInternals.hadoopConfiguration(spark))) {
            IvfIndexSummary.Trained trained;
            try (SparkStatisticsSource rows = SparkStatisticsSource.pack(training, column, null, skipsInvalid())) {
                trained = train(rows, checkpoint, began);
            }
            long built = System.nanoTime();
            long expected = training == vectors ? trained.rows() : 0;
            IvfIndexModel model = copyValues(new IvfIndexModel(uid, trained.index(), schema, path), ParamMap.empty());
            model.clear(model.indexDir()); // which may be moved
            WholeWriter.save(path, spark, false, beside -> IndexFiles.save(model, beside, spark, vectors, expected));
            if (checkpoint != null && !keepsCheckpoint) {
                checkpoint.delete();
            }
            return model.withSummary(trained.summary(began, built)).setParent(this);
        }
    }

    private IvfIndexSummary.Trained train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, long began) {
        CodeEstimator<?, ?> codes = codeEstimator();
        VQ coarse = coarse(rows.rows());
        VQModel centroids =
                coarse.train(rows, checkpoint == null ? null : checkpoint.part(HadoopCheckpoint.Part.COARSE), began);
        FloatMatrix codebook = centroids.codebook();
        double coarseMse = centroids.summary().mse();
        SharedQuantizer quantizer = null;
        double mse = 0;
        if (codes != null) {
            try (SparkStatisticsSource residuals = rows.residuals(codebook, Device.of(getDevice()))) {
                rows.close();
                CodeModel<?> model = codes.train(
                        residuals, checkpoint == null ? null : checkpoint.part(HadoopCheckpoint.Part.CODES), began);
                quantizer = model.shared();
                mse = model.summary().mse();
            }
        }
        SharedIndex index =
                new SharedIndex(DistanceKind.of(getMetric()), codebook, quantizer, true, Device.of(getDevice()));
        return new IvfIndexSummary.Trained(index, rows.rows(), coarseMse, mse);
    }

    private VQ coarse(long rows) {
        int lists = getNumLists() > 0
                ? getNumLists()
                : (int) Math.max(1, Math.min(Math.min(rows, MOST_LISTS), Math.round(4 * Math.sqrt((double) rows))));
        return common(new VQ(uid + "_coarse")).setK(lists).setDistanceMeasure(cosine() ? "cosine" : "euclidean");
    }

    /** Returns what trains codebooks on what vectors leave over, or null where lists hold vectors. */
    private CodeEstimator<?, ?> codeEstimator() {
        String of = uid + "_codes";
        return switch (getQuantizer()) {
            case "flat" -> null;
            case "pq" -> coded(new ProductVQ(of));
            case "opq" -> {
                ProductVQ rotated = coded(new ProductVQ(of)).setRotation("opq");
                yield getRotationIter() < 0 ? rotated : rotated.setRotationIter(getRotationIter());
            }
            case "rq" -> {
                ResidualVQ residual = coded(new ResidualVQ(of));
                residual = getBeam() < 0 ? residual : residual.setBeam(getBeam());
                yield getJointIter() < 0 ? residual : residual.setJointIter(getJointIter());
            }
            default -> {
                AdditiveVQ additive = coded(new AdditiveVQ(of));
                additive = getBeam() < 0 ? additive : additive.setBeam(getBeam());
                yield getJointIter() < 0 ? additive : additive.setJointIter(getJointIter());
            }
        };
    }

    private <E extends CodeEstimator<E, ?>> E coded(E estimator) {
        return common(estimator).setNumCodebooks(getNumCodebooks()).setCodebookBits(getCodebookBits());
    }

    private <E extends TrainingEstimator<E, ?>> E common(E estimator) {
        return estimator
                .setFeaturesCol(getFeaturesCol())
                .setMaxIter(getMaxIter())
                .setLocalSteps(getLocalSteps())
                .setSeed(getSeed())
                .setUpdater(getUpdater())
                .setDevice(getDevice())
                .setListener(listener);
    }

    private boolean cosine() {
        return getMetric().equals("cosine");
    }

    private ListSchema listSchema(StructType columns) {
        StructType attributes = new StructType();
        for (String name : getAttributeCols()) {
            attributes = attributes.add(VectorColumn.field(columns, name));
        }
        return new ListSchema(IndexFiles.named(columns, getIdCol()), attributes);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        listSchema(schema);
        CodeEstimator<?, ?> codes = codeEstimator(); // refuses what the quantizer cannot be
        if (codes != null) {
            codes.transformSchema(new StructType().add(getFeaturesCol(), "array<float>"));
        }
        return IvfIndexModel.outputSchema(this, schema, IndexFiles.named(schema, getIdCol()));
    }

    @Override
    public IvfIndex copy(ParamMap extra) {
        return copyValues(new IvfIndex(uid), extra).setListener(listener).setKeepsCheckpoint(keepsCheckpoint);
    }

    @Override
    public MLWriter write() {
        return new Writer(this);
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<IvfIndex> read() {
        return new Reader();
    }

    /** Loads a saved estimator. */
    public static IvfIndex load(String path) {
        return read().load(path);
    }

    private static final class Writer extends WholeWriter {
        private final IvfIndex stage;

        Writer(IvfIndex stage) {
            this.stage = stage;
        }

        @Override
        public void saveImpl(String path) {
            StageFiles.save(stage, path, sparkSession(), Map.of());
        }
    }

    private static final class Reader extends MLReader<IvfIndex> {
        @Override
        public IvfIndex load(String path) {
            StageFiles files = StageFiles.load(path, sparkSession(), IvfIndex.class);
            return files.withParams(new IvfIndex(files.uid()));
        }
    }
}
