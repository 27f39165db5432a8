package io.github.sparknsvq.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.Codebooks;
import io.github.sparknsvq.core.noise.Draws;
import io.github.sparknsvq.core.noise.MovingAverage;
import io.github.sparknsvq.core.noise.Replacement;
import io.github.sparknsvq.core.noise.StraightThrough;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.update.EmaRule;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A layer that quantizes latents: it replaces each by what codewords of one or several codebooks give for it. In
 * training a {@link Strategy} decides what comes out instead and how gradients reach latents and codewords; otherwise
 * the nearest codeword comes out.
 *
 * <p>Input is one float32 array of {@code N x D}, or {@code N x D x ...} as convolutions have it: a latent lies along
 * axis 1. Output has the same shape. The codewords are the parameter {@code codewords}, in the shape of {@link
 * Codebooks}: {@code K x D} for one codebook. They start uniform in {@code (-1/K, 1/K)} unless they are given.
 *
 * <p>Codewords are searched for on the CPU, by the same code as in models and in Spark, so that a layer and a model
 * of its codewords give the same codes. Everything that gradients go through is done by the engine.
 *
 * <p>In DJL 0.36 with PyTorch, multiply and divide losses by arrays that live as long as the batch ({@code
 * manager.create(.5f)}), not by numbers: {@code loss.mul(.5)} frees its number before the backward pass reads it.
 *
 * <p>A step of training:
 *
 * <pre>{@code
 * try (GradientCollector gradients = trainer.newGradientCollector()) {
 *     NDArray output = trainer.forward(new NDList(batch)).singletonOrThrow();
 *     NDArray loss = output.sub(batch).square().mean();
 *     gradients.backward(layer.auxiliaryLoss().map(loss::add).orElse(loss));
 * }
 * trainer.step();
 * layer.endStep();           // moves the codewords of EMA, counts for replacement
 * layer.replaceIdle(adam);   // now and then; adam is a CodebookAdam, or null
 * }</pre>
 *
 * <p>A layer trains on one device and in one thread. Parameters are saved as those of any block; what training
 * carries from step to step (moving averages, counts) is not.
 */
public final class QuantizerBlock extends AbstractBlock {
    private static final byte VERSION = 1;
    private static final long START = -1;

    private final Codebooks codebooks;
    private final int perCodebook;
    private final Strategy strategy;
    private final float sigma;
    private final float commitment;
    private final long seed;
    private final Draws draws;
    private final Replacement replacement;
    private final EmaRule averages;
    private final Parameter codewords;

    private long step;
    private NDArray auxiliaryLoss;
    private CodebookStatistics lastStatistics;

    private QuantizerBlock(Builder builder) {
        super(VERSION);
        this.codebooks = builder.codebooks;
        this.perCodebook = codebooks.codewords() / codebooks.count();
        this.strategy = builder.strategy;
        this.sigma = strategy == Strategy.DIVEQ ? builder.sigma : 0;
        this.commitment = builder.commitment;
        this.seed = builder.seed;
        this.draws = Draws.seeded(seed);
        this.replacement = builder.replacement == null ? presence() : builder.replacement;
        this.averages = strategy == Strategy.EMA ? new EmaRule(codebooks.codewords(), builder.decay) : null;
        this.codewords = addParameter(Parameter.builder()
                .setName("codewords")
                .setType(Parameter.Type.OTHER)
                .optShape(new Shape(codebooks.codewords(), codebooks.codewordDimension()))
                .optInitializer((manager, shape, type) -> manager.create(uniform(), shape))
                .optRequiresGrad(averages == null)
                .build());
        this.lastStatistics = new CodebookStatistics(codebooks.codewords(), codebooks.codewordDimension());
        if (builder.codewords != null) {
            setCodewords(builder.codewords);
        }
    }

    private Replacement presence() {
        return Replacement.byPresence(codebooks, 0.1, 1e-3, seed);
    }

    private float[] uniform() {
        float[] values = new float[codebooks.codewords() * codebooks.codewordDimension()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * SeededHash.uniform(seed, START, i) - 1) / perCodebook);
        }
        return values;
    }

    /**
     * Returns a builder.
     *
     * @param codebooks the number and shape of the codebooks
     * @param strategy what comes out in training
     */
    public static Builder builder(Codebooks codebooks, Strategy strategy) {
        return new Builder(codebooks, strategy);
    }

    /** Returns the number and shape of the codebooks. */
    public Codebooks codebooks() {
        return codebooks;
    }

    /**
     * Returns a copy of the codewords, in the shape of {@link Codebooks}: {@code K x D} for one codebook.
     *
     * @throws NsvqException if the block has not been initialized
     */
    public FloatMatrix codewords() {
        return matrix(array());
    }

    /**
     * Takes over codewords from elsewhere, now or when the block is initialized. Moving averages start anew; moments
     * that an optimizer keeps stay.
     *
     * @param values as {@link #codewords()} gives them; copied
     * @throws NsvqException if they have another shape
     */
    public void setCodewords(FloatMatrix values) {
        codebooks.quantizer(values); // checks the shape
        float[] copy = values.values().clone();
        if (codewords.isInitialized()) {
            array().set(copy);
        } else {
            codewords.setInitializer((manager, shape, type) -> manager.create(copy, shape));
        }
        if (averages != null) {
            IntStream.range(0, codebooks.codewords()).forEach(averages::forget);
        }
    }

    /**
     * Returns the quantizer that gives the codes of the layer as it is now.
     *
     * @throws NsvqException if the block has not been initialized
     */
    public Quantizer quantizer() {
        return codebooks.quantizer(codewords());
    }

    /**
     * Returns the loss of the last forward pass of training, to be added to the network's: that of STE and EMA; empty
     * for the others. A scalar, which lives as long as the input.
     */
    public Optional<NDArray> auxiliaryLoss() {
        return Optional.ofNullable(auxiliaryLoss);
    }

    /**
     * Returns what the last forward pass of training says of the codewords: how often each was chosen, what the
     * latents wanted it to be, and their errors. Of no latents before the first.
     */
    public CodebookStatistics lastStatistics() {
        return lastStatistics;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore, NDList inputs, boolean training, PairList<String, Object> parameters) {
        NDArray input = inputs.singletonOrThrow();
        checkInput(input);
        NDArray table = parameterStore.getValue(codewords, input.getDevice(), training);
        NDArray rows = rows(input);
        FloatMatrix values = matrix(rows);
        FloatMatrix current = matrix(table);
        int[] indices = new int[values.rows() * codebooks.count()];
        codebooks.quantizer(current).encode(values.values(), 0, values.rows(), indices, 0);
        NDArray chosen = chosen(rows.getManager(), table, indices);
        if (!training) {
            return new NDList(likeInput(chosen.stopGradient(), input.getShape()));
        }
        lastStatistics = codebooks.statistics(current, values, indices);
        NDArray output = substitute(rows, chosen);
        step++;
        return new NDList(likeInput(output, input.getShape()));
    }

    private NDArray substitute(NDArray rows, NDArray chosen) {
        boolean hasLoss = strategy == Strategy.STE || strategy == Strategy.EMA;
        auxiliaryLoss = hasLoss ? Substitution.loss(rows, chosen, strategy == Strategy.STE, commitment) : null;
        Draws.Rows random = draws.of(step);
        return switch (strategy) {
            case NSVQ -> Substitution.noise(rows, chosen, random);
            case DIVEQ, DIVEQ_DETACH -> Substitution.disturbedStep(rows, chosen, sigma, random);
            case STE, EMA -> Substitution.straightThrough(rows, chosen);
        };
    }

    /**
     * Ends a step of training: moves the codewords of {@link Strategy#EMA}, and counts the codewords of the last
     * forward pass for {@link #replaceIdle}. To be called after the optimizer's step.
     */
    public void endStep() {
        if (averages != null) {
            float[] values = array().toFloatArray();
            averages.update(values, lastStatistics, 0);
            array().set(values);
        }
        replacement.observe(lastStatistics);
    }

    /**
     * Replaces codewords that the steps since the last call had little use for, as the layer's {@link Replacement}
     * has it.
     *
     * @param optimizer forgets the moments of the codewords that moved; null if another one trains them
     * @return how many were replaced
     */
    public int replaceIdle(CodebookAdam optimizer) {
        FloatMatrix values = codewords();
        IntStream.Builder moved = IntStream.builder();
        int replaced = replacement.replace(values, moved::add, step);
        int[] rows = moved.build().toArray();
        if (rows.length > 0) {
            array().set(values.values());
        }
        if (averages != null) {
            IntStream.of(rows).forEach(averages::forget);
        }
        if (optimizer != null) {
            optimizer.forget(codewords.getId(), rows);
        }
        return replaced;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    private void checkInput(NDArray input) {
        Shape shape = input.getShape();
        NsvqException.unless(
                shape.dimension() >= 2 && shape.get(1) == codebooks.dimension(),
                "latents of dimension " + codebooks.dimension() + " lie along axis 1: an input of shape " + shape
                        + " does not fit");
        NsvqException.unless(
                input.getDataType() == DataType.FLOAT32, "latents must be float32, not " + input.getDataType());
    }

    private NDArray array() {
        NsvqException.unless(
                codewords.isInitialized(), "the layer has no codewords yet: initialize the block, or the trainer");
        return codewords.getArray();
    }

    private static FloatMatrix matrix(NDArray array) {
        Shape shape = array.getShape();
        return new FloatMatrix((int) shape.get(0), (int) shape.get(1), array.toFloatArray());
    }

    /** Returns what the chosen codewords give, {@code N x D}. */
    private NDArray chosen(NDManager manager, NDArray table, int[] indices) {
        int count = codebooks.count();
        long[] rows = new long[indices.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (long) (i % count) * perCodebook + indices[i];
        }
        NDArray index = manager.create(rows, new Shape(rows.length / count, count));
        NDArray parts = Embedding.embedding(index, table, SparseFormat.DENSE).singletonOrThrow();
        boolean sideBySide = codebooks.codewordDimension() < codebooks.dimension();
        return sideBySide || count == 1
                ? parts.reshape(rows.length / count, codebooks.dimension())
                : parts.sum(new int[] {1});
    }

    /** Returns latents as rows, {@code N x D}. */
    private NDArray rows(NDArray input) {
        int axes = input.getShape().dimension();
        if (axes == 2) {
            return input;
        }
        int[] order = IntStream.range(0, axes)
                .map(axis -> axis == 0 ? 0 : axis == axes - 1 ? 1 : axis + 1)
                .toArray();
        return input.transpose(order).reshape(-1, codebooks.dimension());
    }

    /** Returns rows in the shape of the input: the inverse of {@link #rows}. */
    private NDArray likeInput(NDArray rows, Shape shape) {
        int axes = shape.dimension();
        if (axes == 2) {
            return rows;
        }
        long[] channelsLast = new long[axes];
        int[] order = new int[axes];
        for (int axis = 0; axis < axes; axis++) {
            int to = axis == 0 ? 0 : axis == 1 ? axes - 1 : axis - 1;
            channelsLast[to] = shape.get(axis);
            order[axis] = to;
        }
        return rows.reshape(channelsLast).transpose(order);
    }

    /** Makes a layer. */
    public static final class Builder {
        private final Codebooks codebooks;
        private final Strategy strategy;
        private FloatMatrix codewords;
        private long seed;
        private float sigma = 1e-3f;
        private float commitment = (float) StraightThrough.BETA;
        private double decay = MovingAverage.GAMMA;
        private Replacement replacement;

        Builder(Codebooks codebooks, Strategy strategy) {
            this.codebooks = codebooks;
            this.strategy = strategy;
        }

        /** Sets the codewords to start from, as {@link QuantizerBlock#setCodewords} takes them. */
        public Builder optCodewords(FloatMatrix start) {
            this.codewords = start;
            return this;
        }

        /** Sets the seed of the start, the noise and the replacement; 0 by default. */
        public Builder optSeed(long number) {
            this.seed = number;
            return this;
        }

        /** Sets the standard deviation of {@link Strategy#DIVEQ}'s noise, 0 or more; .001 by default. */
        public Builder optSigma(float deviation) {
            this.sigma = deviation;
            return this;
        }

        /** Sets {@code beta} of {@link Strategy#STE} and {@link Strategy#EMA}, 0 or more; .25 by default. */
        public Builder optCommitment(float beta) {
            this.commitment = beta;
            return this;
        }

        /** Sets the decay of {@link Strategy#EMA}'s averages, in (0, 1); .99 by default. */
        public Builder optDecay(double gamma) {
            this.decay = gamma;
            return this;
        }

        /**
         * Sets how codewords are replaced; by default those that occur in less than a tenth of the batches, by copies
         * of others that noise of standard deviation .001 parts.
         *
         * @param policy of the same codebooks
         */
        public Builder optReplacement(Replacement policy) {
            this.replacement = policy;
            return this;
        }

        /**
         * Makes the layer.
         *
         * @throws NsvqException if a number is out of range, or codewords have another shape than the codebooks
         */
        public QuantizerBlock build() {
            NsvqException.unless(
                    sigma >= 0 && commitment >= 0 && Float.isFinite(sigma + commitment) && decay > 0 && decay < 1,
                    "a layer needs a finite sigma and commitment of 0 or more and a decay in (0, 1), not " + sigma
                            + ", " + commitment + " and " + decay);
            return new QuantizerBlock(this);
        }
    }
}
