package io.github.sparknsvq.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.Codebooks;
import io.github.sparknsvq.core.noise.Forward;
import io.github.sparknsvq.core.noise.Gradients;
import io.github.sparknsvq.core.noise.Layer;
import io.github.sparknsvq.core.noise.MovingAverage;
import io.github.sparknsvq.core.noise.NoiseSubstitution;
import io.github.sparknsvq.core.noise.Parameters;
import io.github.sparknsvq.core.noise.StraightThrough;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The layer in DJL's PyTorch, whose automatic differentiation must agree with what core derives by hand. */
class QuantizerBlockTest {
    private static final long SEED = 7;
    private static final int ROWS = 19;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<Arguments> strategiesAndCodebooks() {
        List<Codebooks> shapes = List.of(
                Codebooks.one(9, 1),
                Codebooks.one(13, 6),
                Codebooks.product(3, 16, 6),
                Codebooks.residual(2, 5, 6, 1),
                Codebooks.additive(2, 5, 6, 4, 0));
        return Stream.of(Strategy.values())
                .flatMap(strategy -> shapes.stream().map(shape -> Arguments.of(strategy, shape)));
    }

    @ParameterizedTest
    @MethodSource("strategiesAndCodebooks")
    void autogradAgreesWithCore(Strategy strategy, Codebooks shape) {
        FloatMatrix codewords = gaussian(shape.codewords(), shape.codewordDimension(), 1);
        FloatMatrix rows = gaussian(ROWS, shape.dimension(), 2);
        // one latent lies on what it chooses, where the error has no direction
        shape.quantizer(codewords).decode(new int[shape.count()], 0, 1, rows.values(), 0);
        FloatMatrix downstream = gaussian(ROWS, shape.dimension(), 3);
        QuantizerBlock block = block(shape, strategy, codewords);
        Layer layer = layer(strategy, shape);
        for (int step = 0; step < 3; step++) {
            Forward forward = layer.forward(Parameters.of(codewords), rows, step);
            Gradients expected = forward.backward(downstream);
            NDArray input = array(rows);
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = train(block, input);
                assertArrayEquals(forward.output().values(), output.toFloatArray(), 1e-5f);
                NDArray loss = output.mul(array(downstream)).sum();
                collector.backward(block.auxiliaryLoss().map(loss::add).orElse(loss));
            }
            assertArrayEquals(expected.input().values(), input.getGradient().toFloatArray(), 5e-5f);
            if (strategy != Strategy.EMA) {
                NDArray gradient = parameter(block).getArray().getGradient();
                assertArrayEquals(expected.codewords().values(), gradient.toFloatArray(), 5e-5f);
                gradient.subi(gradient);
            }
            assertArrayEquals(
                    forward.statistics().counts(), block.lastStatistics().counts());
        }
    }

    /** DJL frees the buffer of a number that an array was multiplied by, which the backward pass may still need. */
    @ParameterizedTest
    @EnumSource(Strategy.class)
    void keepsWhatTheBackwardPassNeeds(Strategy strategy) {
        QuantizerBlock block = block(Codebooks.one(8, 3), strategy, gaussian(8, 3, 1));
        float[][] gradients = new float[2][];
        for (int attempt = 0; attempt < 2; attempt++) {
            NDArray input = array(gaussian(ROWS, 3, 2));
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray loss = train(block, input).sum();
                NDArray sum = block.auxiliaryLoss().map(loss::add).orElse(loss);
                if (attempt == 1) {
                    collectGarbage();
                }
                collector.backward(sum);
            }
            gradients[attempt] = input.getGradient().toFloatArray();
        }
        if (strategy == Strategy.STE || strategy == Strategy.EMA || strategy == Strategy.DIVEQ_DETACH) {
            assertArrayEquals(gradients[0], gradients[1]);
        }
        for (float value : gradients[1]) {
            assertTrue(Math.abs(value) < 100, "a gradient of " + value);
        }
    }

    private static void collectGarbage() {
        List<ByteBuffer> taken = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            System.gc();
            for (int i = 0; i < 1000; i++) {
                taken.add(ByteBuffer.allocateDirect(4).putInt(0, 0x7f7f7f7f));
            }
        }
        assertEquals(3000, taken.size());
    }

    private static Layer layer(Strategy strategy, Codebooks shape) {
        double mean = 1.0 / (ROWS * shape.dimension());
        return switch (strategy) {
            case NSVQ -> NoiseSubstitution.nsvq(shape, SEED);
            case DIVEQ -> NoiseSubstitution.diveq(shape, 0.25, SEED);
            case DIVEQ_DETACH -> NoiseSubstitution.detached(shape);
            case STE -> new StraightThrough(shape, 0.25, mean);
            case EMA -> new MovingAverage(shape, 0.25, 0.99, mean);
        };
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void givesTheNearestCodewordsAtInference(Strategy strategy) {
        FloatMatrix codewords = gaussian(8, 3, 1);
        FloatMatrix rows = gaussian(5, 3, 2);
        QuantizerBlock block = block(Codebooks.one(8, 3), strategy, codewords);
        NDArray output = infer(block, array(rows));
        byte[] codes = block.quantizer().encode(rows);
        assertArrayEquals(block.quantizer().decode(codes, 5).values(), output.toFloatArray());
        assertFalse(output.hasGradient());
    }

    /** The latent of a place of an image lies along the channels. */
    @Test
    void quantizesEachPlaceOfAField() {
        QuantizerBlock block = block(Codebooks.one(8, 3), Strategy.STE, gaussian(8, 3, 1));
        NDArray field = array(gaussian(1, 2 * 3 * 4 * 5, 2)).reshape(2, 3, 4, 5);
        NDArray rows = field.transpose(0, 2, 3, 1).reshape(-1, 3);
        NDArray expected = infer(block, rows).reshape(2, 4, 5, 3).transpose(0, 3, 1, 2);
        assertArrayEquals(expected.toFloatArray(), infer(block, field).toFloatArray());
        assertEquals(field.getShape(), train(block, field).getShape());
        Shape[] shapes = {field.getShape()};
        assertArrayEquals(shapes, block.getOutputShapes(shapes));
        assertArrayEquals(
                expected.toFloatArray(), infer(block, field.reshape(2, 3, 20)).toFloatArray());
    }

    @Test
    void startsFromItsSeed() {
        float[] first = started(1).codewords().values();
        assertArrayEquals(first, started(1).codewords().values());
        assertFalse(Arrays.equals(first, started(2).codewords().values()));
        for (float value : first) {
            assertTrue(Math.abs(value) < 0.25f, "uniform in (-1/K, 1/K)");
        }
        assertTrue(first[0] != first[1]);
    }

    private QuantizerBlock started(long seed) {
        QuantizerBlock block = QuantizerBlock.builder(Codebooks.one(4, 3), Strategy.NSVQ)
                .optSeed(seed)
                .build();
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        return block;
    }

    @Test
    void savesAndLoadsCodewords() throws Exception {
        FloatMatrix codewords = gaussian(8, 3, 1);
        QuantizerBlock block = block(Codebooks.one(8, 3), Strategy.NSVQ, codewords);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        QuantizerBlock other =
                QuantizerBlock.builder(Codebooks.one(8, 3), Strategy.STE).build();
        other.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertArrayEquals(codewords.values(), other.codewords().values());

        FloatMatrix others = gaussian(8, 3, 2);
        other.setCodewords(others);
        assertArrayEquals(others.values(), other.codewords().values());
        NDArray output = infer(other, array(FloatMatrix.of(others.row(3))));
        assertArrayEquals(others.row(3), output.toFloatArray());
    }

    @Test
    void movesCodewordsByMovingAverages() {
        QuantizerBlock block = block(Codebooks.one(2, 1), Strategy.EMA, new FloatMatrix(2, 1, new float[] {0, 10}));
        train(block, array(new FloatMatrix(3, 1, new float[] {1, 2, 13})));
        block.endStep();
        assertArrayEquals(new float[] {1.5f, 13}, block.codewords().values(), 1e-6f);
        train(block, array(new FloatMatrix(1, 1, new float[] {3})));
        block.endStep();
        // M = .99 * .02 + .01, Y = .99 * .02 * 1.5 + .01 * 3
        float average = (0.0297f + 0.03f) / 0.0298f;
        assertArrayEquals(new float[] {average, 13}, block.codewords().values(), 1e-5f);
    }

    /** The optimizer's memory of the idle codeword goes with it, and that of the others stays. */
    @Test
    void replacesIdleCodewords() {
        FloatMatrix codewords = new FloatMatrix(3, 1, new float[] {0, 1, 50});
        QuantizerBlock block = block(Codebooks.one(3, 1), Strategy.STE, codewords);
        CodebookAdam adam = CodebookAdam.builder().build();
        NDArray table = parameter(block).getArray();
        String id = parameter(block).getId();
        adam.update(id, table, array(new FloatMatrix(3, 1, new float[] {1, -1, 1})));
        float[] moved = table.toFloatArray();
        assertArrayEquals(new float[] {-1e-3f, 1.001f, 49.999f}, moved, 1e-5f);

        for (int step = 0; step < 10; step++) {
            train(block, array(new FloatMatrix(2, 1, new float[] {0.1f, 0.9f})));
            block.endStep();
        }
        assertEquals(1, block.replaceIdle(adam));
        float[] replaced = block.codewords().values();
        assertEquals(moved[0], replaced[0]);
        assertEquals(moved[1], replaced[1]);
        float donor = replaced[2] < 0.5f ? moved[0] : moved[1];
        assertEquals(donor, replaced[2], 0.01f);
        assertTrue(donor != replaced[2]);

        adam.update(id, table, array(new FloatMatrix(3, 1, new float[3])));
        float[] after = table.toFloatArray();
        assertTrue(after[0] < replaced[0], "a codeword that was not replaced goes on by its mean gradient");
        assertEquals(replaced[2], after[2]);
    }

    /** In a trainer, as in a user's program: codewords reach the rows and share them. EMA has nothing to train. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EMA")
    void trainsWithATrainer(Strategy strategy) {
        FloatMatrix rows = gaussian(64, 2, 3);
        QuantizerBlock block =
                QuantizerBlock.builder(Codebooks.one(8, 2), strategy).build();
        CodebookAdam adam = CodebookAdam.builder()
                .optLearningRateTracker(Tracker.fixed(0.05f))
                .build();
        try (Model model = Model.newInstance("layer")) {
            model.setBlock(block);
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.l2Loss()).optOptimizer(adam);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(64, 2));
                double before = error(block, rows);
                for (int step = 1; step <= 60; step++) {
                    trainingStep(trainer, block, rows);
                    if (step % 10 == 0 && step < 60) {
                        block.replaceIdle(adam);
                    }
                }
                assertEquals(
                        8,
                        Arrays.stream(block.lastStatistics().counts())
                                .filter(count -> count > 0)
                                .count());
                double after = error(block, rows);
                assertTrue(after < 0.25 * before, before + " became " + after);
            }
        }
    }

    private static void trainingStep(Trainer trainer, QuantizerBlock block, FloatMatrix rows) {
        try (NDManager scratch = trainer.getManager().newSubManager()) {
            NDArray input = scratch.create(rows.values(), new Shape(rows.rows(), rows.columns()));
            try (GradientCollector gradients = trainer.newGradientCollector()) {
                NDArray output = trainer.forward(new NDList(input)).singletonOrThrow();
                NDArray loss = output.sub(input).square().mean();
                gradients.backward(block.auxiliaryLoss().map(loss::add).orElse(loss));
            }
            trainer.step();
            block.endStep();
        }
    }

    private static double error(QuantizerBlock block, FloatMatrix rows) {
        float[] codes = block.quantizer()
                .decode(block.quantizer().encode(rows), rows.rows())
                .values();
        double sum = 0;
        for (int i = 0; i < codes.length; i++) {
            sum += Math.pow((double) codes[i] - rows.values()[i], 2);
        }
        return sum / codes.length;
    }

    @Test
    void adamIsThatOfDjl() {
        NDArray ours = array(gaussian(3, 2, 1));
        NDArray theirs = array(gaussian(3, 2, 1));
        CodebookAdam adam = CodebookAdam.builder()
                .optLearningRateTracker(Tracker.fixed(0.1f))
                .optBetas(0.8f, 0.9f)
                .optEpsilon(1e-3f)
                .build();
        Optimizer djl = Optimizer.adam()
                .optLearningRateTracker(Tracker.fixed(0.1f))
                .optBeta1(0.8f)
                .optBeta2(0.9f)
                .optEpsilon(1e-3f)
                .build();
        for (int step = 0; step < 4; step++) {
            adam.update("codewords", ours, array(gaussian(3, 2, step)));
            djl.update("codewords", theirs, array(gaussian(3, 2, step)));
        }
        assertArrayEquals(theirs.toFloatArray(), ours.toFloatArray());
    }

    @Test
    void refusesWhatDoesNotFit() {
        QuantizerBlock block = block(Codebooks.one(8, 3), Strategy.NSVQ, gaussian(8, 3, 1));
        assertThrows(NsvqException.class, () -> infer(block, manager.zeros(new Shape(2, 4))));
        assertThrows(NsvqException.class, () -> infer(block, manager.zeros(new Shape(3))));
        assertThrows(NsvqException.class, () -> infer(block, manager.zeros(new Shape(2, 3), DataType.FLOAT64)));
        assertThrows(NsvqException.class, () -> block.setCodewords(gaussian(7, 3, 1)));
        QuantizerBlock.Builder builder = QuantizerBlock.builder(Codebooks.one(8, 3), Strategy.NSVQ);
        QuantizerBlock empty = builder.build();
        assertThrows(NsvqException.class, empty::codewords);
        assertThrows(
                NsvqException.class,
                () -> builder.optSigma(Float.POSITIVE_INFINITY).build());
        assertThrows(NsvqException.class, () -> builder.optSigma(0).optDecay(1).build());
    }

    private QuantizerBlock block(Codebooks shape, Strategy strategy, FloatMatrix codewords) {
        QuantizerBlock block = QuantizerBlock.builder(shape, strategy)
                .optSeed(SEED)
                .optSigma(0.25f)
                .optCodewords(codewords)
                .build();
        block.initialize(manager, DataType.FLOAT32, new Shape(1, shape.dimension()));
        return block;
    }

    private static Parameter parameter(QuantizerBlock block) {
        return block.getParameters().get("codewords");
    }

    private NDArray train(QuantizerBlock block, NDArray input) {
        return block.forward(new ParameterStore(manager, false), new NDList(input), true)
                .singletonOrThrow();
    }

    private NDArray infer(QuantizerBlock block, NDArray input) {
        return block.forward(new ParameterStore(manager, false), new NDList(input), false)
                .singletonOrThrow();
    }

    private NDArray array(FloatMatrix matrix) {
        return manager.create(matrix.values(), new Shape(matrix.rows(), matrix.columns()));
    }

    /** Multiples of 1/64, whose sums are exact: a latent may be what two codewords add up to. */
    private static FloatMatrix gaussian(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.round(64 * random.nextGaussian()) / 64f;
        }
        return new FloatMatrix(rows, columns, values);
    }
}
