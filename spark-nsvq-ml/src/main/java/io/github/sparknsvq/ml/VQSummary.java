package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.clustering.KMeansSummary;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a training reached, measured on its own rows against the final codebook: a summary as KMeans has it, with
 * {@code k}, {@code numIter}, {@code trainingCost}, {@code predictions} and {@code cluster}, and more.
 *
 * <p>The training cost is the sum of the rows' weighted squared Euclidean distances; under cosine distance between
 * vectors of length 1, which is twice the sum of 1 - cosine.
 */
public final class VQSummary extends KMeansSummary implements QuantizerSummary {
    private static final long serialVersionUID = 1L;

    private final long rows;
    private final double mse;
    private final double[] clusterWeights;
    private final boolean weighted;
    private final double perplexity;
    private final int dead;
    private final List<PassRecord> history;
    private final double trainSeconds;

    private transient VQModel model;
    private transient Dataset<?> trained;
    private transient Dataset<Row> predictions;

    private VQSummary(VQModel model, CodebookStatistics all, long rows, List<PassRecord> history, double seconds) {
        super(null, model.getPredictionCol(), model.getFeaturesCol(), all.codewords(), history.size(), all.error());
        this.rows = rows;
        this.mse = all.meanError();
        this.clusterWeights = all.counts().clone();
        this.weighted = model.weighted();
        this.perplexity = all.histogram().perplexity();
        this.dead = all.dead();
        this.history = List.copyOf(history);
        this.trainSeconds = seconds;
    }

    static VQSummary of(VQModel model, TrainingResult result, long rows, double seconds) {
        return new VQSummary(model, result.statistics(), rows, result.history(), seconds);
    }

    /** Keeps what predictions are made of, when they are asked for. */
    void predicting(VQModel by, Dataset<?> of) {
        model = by.copy(ParamMap.empty()); // params of the other may be set
        trained = of;
    }

    /** Takes the place of the predictions of these rows. */
    void setPredictions(Dataset<Row> of) {
        predictions = of;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public double mse() {
        return mse;
    }

    /** Returns the weight of the rows that chose each codeword: their number, if they are not weighted. */
    public double[] clusterWeights() {
        return clusterWeights;
    }

    /**
     * Returns the number of rows that chose each codeword; where rows are weighted, they are counted in a job, among
     * the {@link #predictions}.
     */
    @Override
    public long[] clusterSizes() {
        return weighted
                ? super.clusterSizes()
                : Arrays.stream(clusterWeights).mapToLong(Math::round).toArray();
    }

    /** Returns {@code 2^H} of the choice of codewords: k if all are chosen alike. */
    public double perplexity() {
        return perplexity;
    }

    /** Returns the number of codewords that no row chose. */
    public int dead() {
        return dead;
    }

    @Override
    public List<PassRecord> history() {
        return history;
    }

    @Override
    public double trainSeconds() {
        return trainSeconds;
    }

    /**
     * Returns the rows trained on with what the model adds to them: its transform, as the model was when it was
     * trained.
     *
     * @throws NsvqException if the rows are not known, or {@code predictionCol} was empty
     */
    @Override
    public synchronized Dataset<Row> predictions() {
        if (predictions == null) {
            NsvqException.unless(
                    model != null,
                    "this summary has no predictions: the rows trained on are not known here; transform gives them");
            NsvqException.unless(
                    !predictionCol().isEmpty(),
                    "this summary has no predictions: predictionCol was empty when the model was trained");
            predictions = model.transform(trained);
        }
        return predictions;
    }

    @Override
    public String toString() {
        return "VQSummary: k=" + k() + ", rows=" + rows + ", mse=" + mse + ", trainingCost=" + trainingCost()
                + ", perplexity=" + perplexity + ", dead=" + dead + ", numIter=" + numIter() + ", trainSeconds="
                + trainSeconds;
    }
}
