package io.github.sparknsvq.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Adam (Kingma and Ba, ICLR 2015), as DJL's own, which can also forget what it knows of some rows of a parameter: the
 * moments of a replaced codeword belong to the place where it was. It may train the rest of the network, too.
 */
public final class CodebookAdam extends Optimizer {
    private final ParameterTracker rate;
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final Map<String, Map<Device, NDArray>> means = new ConcurrentHashMap<>();
    private final Map<String, Map<Device, NDArray>> variances = new ConcurrentHashMap<>();

    private CodebookAdam(Builder builder) {
        super(builder);
        this.rate = builder.rate;
        this.beta1 = builder.beta1;
        this.beta2 = builder.beta2;
        this.epsilon = builder.epsilon;
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        int t = updateCount(parameterId);
        float now = rate.getNewValue(parameterId, t);
        double corrected = now * Math.sqrt(1 - Math.pow(beta2, t)) / (1 - Math.pow(beta1, t));
        NDArray mean = withDefaultState(means, parameterId, weight.getDevice(), key -> weight.zerosLike());
        NDArray variance = withDefaultState(variances, parameterId, weight.getDevice(), key -> weight.zerosLike());
        weight.getNDArrayInternal()
                .adamUpdate(
                        new NDList(weight, grad, mean, variance),
                        new NDList(weight),
                        now,
                        (float) corrected,
                        getWeightDecay(),
                        rescaleGrad,
                        clipGrad,
                        beta1,
                        beta2,
                        epsilon,
                        true,
                        false);
    }

    /**
     * Forgets the moments of rows of a parameter.
     *
     * @param parameterId the parameter's id
     * @param rows numbers of rows along its first axis
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public void forget(String parameterId, int... rows) {
        if (rows.length == 0) {
            return;
        }
        for (Map<String, Map<Device, NDArray>> moments : Arrays.asList(means, variances)) {
            for (NDArray moment : moments.getOrDefault(parameterId, Map.of()).values()) {
                int width = (int) (moment.size() / moment.getShape().get(0));
                float[] values = moment.toFloatArray();
                for (int row : rows) {
                    Arrays.fill(values, row * width, (row + 1) * width, 0f);
                }
                moment.set(values);
            }
        }
    }

    /** Makes the optimizer; defaults are those of the paper: rate .001, betas .9 and .999, epsilon 1e-8. */
    public static final class Builder extends OptimizerBuilder<Builder> {
        private ParameterTracker rate = Tracker.fixed(0.001f);
        private float beta1 = 0.9f;
        private float beta2 = 0.999f;
        private float epsilon = 1e-8f;

        Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Sets the learning rate, which may change with the updates. */
        public Builder optLearningRateTracker(ParameterTracker learningRate) {
            this.rate = learningRate;
            return this;
        }

        /** Sets the decays of the means and of the mean squares, each in [0, 1). */
        public Builder optBetas(float ofMeans, float ofSquares) {
            this.beta1 = ofMeans;
            this.beta2 = ofSquares;
            return this;
        }

        /** Sets what is added to the root of the mean square. */
        public Builder optEpsilon(float added) {
            this.epsilon = added;
            return this;
        }

        /** Makes the optimizer. */
        public CodebookAdam build() {
            return new CodebookAdam(this);
        }
    }
}
