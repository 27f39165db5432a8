package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.quantizer.SpaceFillingQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.encoding.PositionDecoder;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import io.github.sparknsvq.ml.training.CurveCodebook;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A trained line as a Pipeline stage: gives each vector the segment that is nearest and the position of its nearest
 * point and, if asked for, the distance from that point and the point itself.
 *
 * <p>A position is the length of the line up to a point. Vectors of near positions are near each other; the opposite
 * does not hold, since a line may pass a place several times.
 *
 * <p>Saved as {@code metadata/} and {@code data/} (Parquet: {@code index, codeword}, the corners).
 */
public final class SpaceFillingVQModel extends QuantizerModel<SpaceFillingVQModel, SpaceFillingVQSummary>
        implements SpaceFillingVQParams<SpaceFillingVQModel> {
    private static final long serialVersionUID = 1L;

    private static final String DISTANCE = "__nsvq_distance_";

    /** What finds the nearest points for single vectors. */
    private transient SpaceFillingCurve.Projector single;

    private transient SharedQuantizer singleOf;

    /** Makes a model without a line, for Spark Connect to find its class by. */
    public SpaceFillingVQModel() {
        this(Identifiable$.MODULE$.randomUID("sfvq"), (SharedQuantizer) null);
    }

    /**
     * Makes a model of a line.
     *
     * @param uid the stage's id
     * @param corners {@code K x D} corners, at least two, which should not change any more
     * @throws NsvqException if there are fewer than two corners, or one is not finite
     */
    public SpaceFillingVQModel(String uid, FloatMatrix corners) {
        this(uid, SharedQuantizer.curve(corners, SpaceFillingCurve.Search.EXACT));
        curve();
    }

    /** Makes a model of a line in the form in which it is sent. */
    SpaceFillingVQModel(String uid, SharedQuantizer line) {
        super(uid, line, ParamSet::spaceFilling);
    }

    /** Returns the corners, {@code K x D}, not copied. */
    public FloatMatrix corners() {
        SharedQuantizer current = sharedOrNull();
        return current == null ? new FloatMatrix(0, 0, new float[0]) : current.codewords();
    }

    /**
     * Returns the line, which finds points and directions in this JVM.
     *
     * @throws NsvqException if this model has no line
     */
    public SpaceFillingCurve curve() {
        return shared().curve();
    }

    /**
     * Returns a quantizer whose codes are numbers of {@code K} points at equal distances along the line: the nearest
     * along it of a vector's position. {@link SpaceFillingQuantizer} makes one for another number of points.
     *
     * @throws NsvqException if this model has no line
     */
    @Override
    public Quantizer quantizer() {
        return super.quantizer();
    }

    /**
     * Returns the segment of the line that is nearest to a vector, from 0 to {@code K - 2}.
     *
     * @throws InvalidVectorException if the vector is of another dimension, or {@link VectorColumn invalid} in a
     *     column
     */
    public int predict(Vector vector) {
        return place(vector).segment();
    }

    /**
     * Returns the position of the point of the line that is nearest to a vector: the length of the line up to there.
     *
     * @throws InvalidVectorException as {@link #predict} does
     */
    public double position(Vector vector) {
        Place place = place(vector);
        return curve().position(place.segment(), place.share());
    }

    private record Place(int segment, float share) {}

    private synchronized Place place(Vector vector) {
        float[] row = valid(vector);
        SharedQuantizer current = shared();
        if (singleOf != current) {
            single = current.curve().projector(current.curveSearch());
            singleOf = current;
        }
        int[] segment = new int[1];
        float[] share = new float[1];
        single.project(row, 0, 1, segment, share, new float[1]);
        return new Place(segment[0], share[0]);
    }

    /**
     * Returns a codebook of points at equal distances along the line, ends included: what fewer or more bits make of
     * the same training. Under cosine distance they are scaled to length 1.
     *
     * @param m number of codewords, at least 2
     * @return a model with this one's params and {@code m} codewords in their order along the line
     * @throws NsvqException if there are fewer than 2, or more than an index can count
     */
    public VQModel equallySpaced(int m) {
        checkCodewords("m", m, 2);
        return codebook(curve().equallySpaced(m), "_spaced");
    }

    /** The same as {@link #resampled(Dataset, int, String)} with means of the nearest points on the line. */
    public VQModel resampled(Dataset<?> rows, int k) {
        return resampled(rows, k, SpaceFillingVQParams.MEANS.get(0));
    }

    /** The same as {@link #resampled(Dataset, int, String, int)} with parts of equal weight. */
    public VQModel resampled(Dataset<?> rows, int k, String of) {
        return resampled(rows, k, of, 0);
    }

    /**
     * Returns a codebook that is used evenly (Vali and Bäckström, PORCUPINE, Interspeech 2024): rows are sorted by
     * their position on the line and cut into parts of equal weight, whose means are the codewords. Rows are weighted
     * as those of the training were, and projected with this model's {@code search}. Nothing but sums of parts comes
     * to the driver, and the partitioning does not show in the result.
     *
     * <p>Parts of equal weight are even along the line; the nearest codeword of a row off the line may be that of
     * another part. {@code evenIter} rounds then move the cuts: parts whose codewords too many rows choose become
     * smaller, the others larger. A round is two passes over the rows; 20 are usually enough, and cost a little
     * error.
     *
     * @param rows as those of the training
     * @param k number of codewords, at least 1
     * @param of what the means are of: {@code projected}, the nearest points on the line, or {@code samples}, the
     *     rows; under cosine distance both are then scaled to length 1
     * @param evenIter rounds that move the cuts; 0 leaves parts of equal weight
     * @return a model with this one's params and {@code k} codewords in their order along the line, and a summary of
     *     the codebook on these rows. More rows at one position than a part holds make equal codewords, which
     *     {@link VQModel#duplicates} counts
     * @throws NsvqException if there are no rows, a column is missing, or a number or name is none of the valid ones
     * @throws InvalidVectorException if there are invalid rows and {@code handleInvalid} is error
     */
    public VQModel resampled(Dataset<?> rows, int k, String of, int evenIter) {
        long began = System.nanoTime();
        Checks.notStreaming(rows, "resampled");
        checkCodewords("k", k, 1);
        Checks.oneOf("of", SpaceFillingVQParams.MEANS).apply(of);
        Checks.atLeast("evenIter", 0).apply(evenIter);
        QuantizerEstimator.checkWeights(this, rows.schema());
        VectorColumn vectors = VectorColumn.of(rows.schema(), getFeaturesCol(), cosine());
        return JobLabels.run(
                rows.sparkSession(),
                uid(),
                "resampling the line",
                () -> resampled(rows, vectors, k, of, evenIter, began));
    }

    private VQModel resampled(Dataset<?> rows, VectorColumn vectors, int k, String of, int evenIter, long began) {
        String weights = weighted() ? getWeightCol() : null;
        SharedQuantizer line = shared();
        try (SparkStatisticsSource packed = SparkStatisticsSource.pack(rows, vectors, weights, skipsInvalid())) {
            NsvqException.unless(
                    packed.dimension() == dimension(),
                    "column '" + getFeaturesCol() + "' has vectors of dimension " + packed.dimension()
                            + ", but the line has " + dimension() + ": they must be equal");
            boolean ofRows = of.equals(SpaceFillingVQParams.MEANS.get(1));
            CurveCodebook wanted = new CurveCodebook(k, ofRows, evenIter, cosine(), Device.of(getDevice()));
            FloatMatrix means = packed.resampled(line, wanted, rows.sparkSession());
            VQModel model = codebook(means, "_resampled");
            TrainingSettings none = TrainingSettings.builder(k)
                    .passes(0, 0)
                    .device(Device.of(getDevice()))
                    .build();
            TrainingResult measured = CodebookTrainer.train(
                    packed, none, model.codebook(), TrainingListener.NONE, TrainingCheckpoint.NONE);
            VQSummary summary = VQSummary.of(model, measured, packed.rows(), (System.nanoTime() - began) / 1e9);
            summary.predicting(model, rows);
            return model.withSummary(summary);
        }
    }

    private void checkCodewords(String name, int codewords, int least) {
        int most = Math.min(1 << CodeBits.MOST_BITS, QuantizerEstimator.mostCodewords(dimension()));
        NsvqException.unless(
                codewords >= least && codewords <= most,
                name + " = " + codewords + " codewords: " + least + " to " + most + " are valid");
    }

    private VQModel codebook(FloatMatrix codewords, String what) {
        if (cosine()) {
            UnitLength.normalize(codewords.values(), codewords.columns());
        }
        VQModel model = copyValues(new VQModel(uid() + what, codewords), ParamMap.empty());
        model.set(model.k(), codewords.rows());
        return model;
    }

    /**
     * Orders rows by their position on the line, so that vectors that are near each other come into the same files
     * and row groups. A sort of Spark's: rows are projected twice, since Spark samples their positions first, and
     * shuffled once. Rows at the same position come in any order.
     *
     * @param rows a data set with the column of vectors, which may not be a stream
     * @param partitions how many partitions to make, fewer if rows or positions are few; 0 leaves it to Spark
     * @return the rows with all their columns and {@code positionCol}, sorted within and across partitions
     * @throws NsvqException if {@code positionCol} is empty or is a column of the rows, the column of vectors is
     *     missing, or the number of partitions is negative
     */
    public Dataset<Row> order(Dataset<?> rows, int partitions) {
        Checks.notStreaming(rows, "ordered");
        Checks.atLeast("partitions", 0).apply(partitions);
        Column position = ordering();
        Dataset<Row> all = copy(ParamMap.empty())
                .setPredictionCol("")
                .setDistanceCol("")
                .setReconstructionCol("")
                .transform(rows);
        Dataset<Row> ranges =
                partitions > 0 ? all.repartitionByRange(partitions, position) : all.repartitionByRange(position);
        return ranges.sortWithinPartitions(position);
    }

    /**
     * Returns a condition on the column {@code positionCol} that keeps the rows on the segments nearest to a vector:
     * in a table that {@link #order} made and that was written as Parquet, Spark then reads only row groups that may
     * hold such rows. More segments have more of the vector's neighbors; how many are needed is to be measured.
     *
     * @param vector the vector whose neighbors are looked for
     * @param segments how many, at least 1
     * @throws InvalidVectorException if the vector is of another dimension, or {@link VectorColumn invalid} in a
     *     column
     * @throws NsvqException if {@code positionCol} is empty, or the number of segments is less than 1
     */
    public Column near(Vector vector, int segments) {
        Checks.atLeast("segments", 1).apply(segments);
        SpaceFillingCurve line = curve();
        Column position = ordering();
        int[] nearest = line.nearestSegments(valid(vector), segments);
        Arrays.sort(nearest);
        List<Column> conditions = new ArrayList<>();
        for (int first = 0; first < nearest.length; ) {
            int after = first + 1;
            while (after < nearest.length && nearest[after] == nearest[after - 1] + 1) {
                after++;
            }
            double from = line.position(nearest[first], 0);
            conditions.add(position.between(from, line.position(nearest[after - 1], 1)));
            first = after;
        }
        return any(conditions);
    }

    /** A balanced tree: Spark walks trees by recursion, for which a chain of hundreds is too deep. */
    private static Column any(List<Column> conditions) {
        int half = conditions.size() / 2;
        return half == 0
                ? conditions.get(0)
                : any(conditions.subList(0, half)).or(any(conditions.subList(half, conditions.size())));
    }

    private Column ordering() {
        String name = getPositionCol();
        NsvqException.unless(!name.isEmpty(), "positionCol is empty: it must name the column to order by");
        return VectorColumn.column(name);
    }

    /**
     * Measures the search {@code corners} on rows, whichever this model now has: how often it finds a segment farther
     * away than the nearest, and what that costs.
     *
     * @param rows a data set with the column of vectors
     * @throws NsvqException if the column is missing
     */
    public CornerSearch cornerSearch(Dataset<?> rows) {
        Checks.notStreaming(rows, "measured");
        Dataset<Row> vectors = rows.select(VectorColumn.column(getFeaturesCol()));
        return CornerSearch.of(
                measuring("corners").transform(measuring("exact").transform(vectors)),
                DISTANCE + "exact",
                DISTANCE + "corners");
    }

    /** Returns a copy that gives nothing but the distances that a search finds, in a column of its name. */
    private SpaceFillingVQModel measuring(String search) {
        return copy(ParamMap.empty())
                .setSearch(search)
                .setPredictionCol("")
                .setPositionCol("")
                .setReconstructionCol("")
                .setDistanceCol(DISTANCE + search);
    }

    @Override
    SharedQuantizer searched(SharedQuantizer current) {
        return current.withSearch(SpaceFillingCurve.Search.valueOf(getSearch().toUpperCase(Locale.ROOT)));
    }

    @Override
    Map<Field, String> columns() {
        return columns(this);
    }

    private static Map<Field, String> columns(SpaceFillingVQParams<?> params) {
        Map<Field, String> found = Map.of(
                Field.INDEX, params.getPredictionCol(),
                Field.POSITION, params.getPositionCol());
        return columns(params, found);
    }

    /** Returns a schema with the columns that a transform adds, or says why it cannot. */
    static StructType outputSchema(SpaceFillingVQParams<?> params, StructType schema, int k) {
        return outputSchema(params, schema, columns(params), k - 1);
    }

    /**
     * Adds the points at positions, in {@code reconstructionCol} or, where that is empty, in {@code features}.
     *
     * @param positions a data set with the column {@code positionCol}, double; one that is null or not on the line is
     *     an error when its row is read
     * @return the data set with a column {@code array<float>} more
     * @throws NsvqException if there is no column of positions, or the column to add is there
     */
    @Override
    public Dataset<Row> decode(Dataset<?> positions) {
        NsvqException.unless(!getPositionCol().isEmpty(), "positionCol is empty: it must name the column to decode");
        return super.decode(positions);
    }

    @Override
    List<Field> codeForms() {
        return List.of(Field.POSITION);
    }

    @Override
    Column decoded(Field form, String name, SparkContext spark) {
        return new PositionDecoder(broadcast(spark), name).points(VectorColumn.column(name));
    }

    @Override
    public SpaceFillingVQModel copy(ParamMap extra) {
        return handOver(copyValues(new SpaceFillingVQModel(uid(), sharedOrNull()), extra));
    }

    @Override
    public String toString() {
        return "SpaceFillingVQModel: uid=" + uid() + ", k=" + corners().rows() + ", dimension="
                + corners().columns();
    }

    /** Returns a reader of saved models. */
    public static MLReader<SpaceFillingVQModel> read() {
        return reader(SpaceFillingVQModel.class, SharedQuantizer.Kind.CURVE, SpaceFillingVQModel::new);
    }

    /** Loads a saved model. */
    public static SpaceFillingVQModel load(String path) {
        return read().load(path);
    }
}
