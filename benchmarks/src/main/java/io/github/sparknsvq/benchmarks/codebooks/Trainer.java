package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.RotationTraining;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.assign.RotatedAssignment;
import io.github.sparknsvq.core.training.joint.JointSettings;
import io.github.sparknsvq.core.training.joint.JointTraining;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.Arrays;
import java.util.List;

/**
 * Trains quantizers of {@code M} codebooks of {@code 2^b} codewords on rows in this JVM, on one thread, with
 * spark-nsvq's trainers.
 */
final class Trainer implements AutoCloseable {
    /** Passes over the rows before any joint ones, as by default. */
    static final int PASSES = 20;

    /** What the stages take as the learning rate of levels. */
    private static final double LEVEL_RATE = 0.2;

    private static final int ROTATION_PASSES = 20;

    private final FloatMatrix rows;
    private final LocalStatisticsSource source;
    private final int codebooks;
    private final int bits;
    private final long seed;

    /** Takes the rows. */
    Trainer(FloatMatrix rows, int codebooks, int bits, long seed) {
        this.rows = rows;
        this.source = new LocalStatisticsSource(rows, null, 1);
        this.codebooks = codebooks;
        this.bits = bits;
        this.seed = seed;
    }

    /** Product quantizer by Lloyd's passes alone. */
    Quantizer lloydParts() {
        return parts(settings(Updater.LLOYD).build());
    }

    /** Product quantizer by NSVQ's steps alone, at a rate that falls, with the paper's replacement. */
    Quantizer nsvqParts() {
        return parts(stepsOnly(TrainingSettings.builder(1).build().finalRate()));
    }

    /** The same at a constant rate, in units of the data's rms. */
    Quantizer nsvqParts(double constantRate) {
        return parts(stepsOnly(0).toBuilder().learningRate(constantRate, 0).build());
    }

    private TrainingSettings stepsOnly(double finalRate) {
        TrainingSettings.Builder steps =
                settings(Updater.NSVQ).passes(PASSES, 0).reseeding(Reseeding.PRESENCE);
        return steps.learningRate(TrainingSettings.of(1).learningRate(), finalRate)
                .build();
    }

    /** Product quantizer as {@code ProductVQ} trains it by default: NSVQ's steps, then Lloyd's passes. */
    Quantizer defaultParts() {
        return parts(settings(Updater.NSVQ).build());
    }

    private Quantizer parts(TrainingSettings settings) {
        ProductAssignment assignment = new ProductAssignment(rows.columns(), codebooks, 1 << bits);
        return product(train(assignment, settings));
    }

    /** The same after a rotation. */
    Quantizer rotatedParts() {
        ProductAssignment assignment = new ProductAssignment(rows.columns(), codebooks, 1 << bits);
        TrainingSettings settings = settings(Updater.NSVQ).build();
        RotationTraining.Result rotated = RotationTraining.train(
                source,
                assignment,
                settings.toBuilder().passes(ROTATION_PASSES, 0).build(),
                Initialization.initialize(source, assignment, settings, InitMode.RANDOM),
                TrainingListener.NONE,
                TrainingCheckpoint.NONE);
        Rotation rotation = rotated.rotation();
        float[] codewords = train(new RotatedAssignment(rotation, assignment), settings, rotated.codewords());
        return new RotatedQuantizer(rotation, product(codewords));
    }

    /** Codewords of levels, trained greedily by Lloyd's passes. */
    float[] lloydLevels() {
        return train(levels(), settings(Updater.LLOYD).build());
    }

    /** Codewords of levels as the stages train them before the joint passes. */
    float[] defaultLevels() {
        TrainingSettings.Builder settings = settings(Updater.NSVQ).passes(PASSES, PASSES / 2);
        return train(
                levels(),
                settings.learningRate(LEVEL_RATE, TrainingSettings.of(1).finalRate())
                        .build());
    }

    /** Codewords that levels start from: rows, and what the levels before leave of rows. */
    float[] startLevels() {
        return Initialization.initialize(
                        source, levels(), settings(Updater.NSVQ).build(), InitMode.RANDOM)
                .values();
    }

    /** The codewords of the default product quantizer as codewords of whole rows, 0 in all other parts. */
    float[] paddedParts() {
        ProductAssignment assignment = new ProductAssignment(rows.columns(), codebooks, 1 << bits);
        float[] parts = train(assignment, settings(Updater.NSVQ).build());
        int d = rows.columns();
        int size = d / codebooks;
        float[] codewords = new float[codebooks * parts.length];
        for (int c = 0; c < codebooks << bits; c++) {
            System.arraycopy(parts, c * size, codewords, c * d + (c >> bits) * size, size);
        }
        return codewords;
    }

    /** Trains codebooks that are added up, jointly by least squares. */
    List<FloatMatrix> jointly(float[] start, JointSettings settings) {
        return JointTraining.train(
                        source,
                        settings.withSeed(seed),
                        layout().codebooks(start),
                        TrainingListener.NONE,
                        TrainingCheckpoint.NONE)
                .codebooks();
    }

    /** Trains codebooks that are added up by NSVQ's steps alone: greedy levels, or a beam over all codebooks. */
    List<FloatMatrix> nsvqSteps(boolean ordered, int beam, int passes, int batch, double first, double last) {
        float[] codewords = startLevels();
        new JointSteps(rows, layout(), ordered, beam).run(codewords, passes, batch, first, last, seed);
        return layout().codebooks(codewords);
    }

    /** The codewords of codebooks, one codebook after the other. */
    static float[] flat(List<FloatMatrix> codebooks) {
        int book = codebooks.get(0).values().length;
        float[] all = new float[codebooks.size() * book];
        for (int m = 0; m < codebooks.size(); m++) {
            System.arraycopy(codebooks.get(m).values(), 0, all, m * book, book);
        }
        return all;
    }

    /** A residual quantizer of codewords, level after level. */
    Quantizer residual(float[] codewords, int beam) {
        return new ResidualQuantizer(layout().codebooks(codewords), beam);
    }

    /** An additive quantizer of codewords, codebook after codebook. */
    Quantizer additive(float[] codewords, int beam, int polishRounds) {
        return new AdditiveQuantizer(layout().codebooks(codewords), beam, polishRounds);
    }

    CodebookLayout layout() {
        return CodebookLayout.uniform(codebooks, 1 << bits, rows.columns());
    }

    private ResidualAssignment levels() {
        return new ResidualAssignment(layout());
    }

    private TrainingSettings.Builder settings(Updater updater) {
        return TrainingSettings.builder(1 << bits).updater(updater).seed(seed).passes(PASSES, TrainingSettings.AUTO);
    }

    private float[] train(Assignment assignment, TrainingSettings settings) {
        return train(assignment, settings, Initialization.initialize(source, assignment, settings, InitMode.RANDOM));
    }

    private float[] train(Assignment assignment, TrainingSettings settings, FloatMatrix start) {
        return CodebookTrainer.train(
                        source, assignment, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                .codebook()
                .values();
    }

    /** A product quantizer; with less than 4 bits each codeword is there several times, and the first is chosen. */
    private ProductQuantizer product(float[] codewords) {
        int d = rows.columns();
        int width = Math.max(ProductQuantizer.LEAST_BITS, bits);
        int copies = 1 << (width - bits);
        int book = codewords.length / codebooks;
        float[] all = new float[codewords.length * copies];
        for (int m = 0; m < codebooks; m++) {
            for (int copy = 0; copy < copies; copy++) {
                System.arraycopy(codewords, m * book, all, (m * copies + copy) * book, book);
            }
        }
        return new ProductQuantizer(d, codebooks, width, all);
    }

    /** Mean squared error of rows, summed over dimensions. */
    static double error(Quantizer quantizer, FloatMatrix rows) {
        float[] decoded = quantizer.decode(quantizer.encode(rows), rows.rows()).values();
        double sum = 0;
        for (int i = 0; i < decoded.length; i++) {
            double apart = decoded[i] - rows.values()[i];
            sum += apart * apart;
        }
        return sum / rows.rows();
    }

    /** Rows {@code [from, to)}. */
    static FloatMatrix slice(FloatMatrix of, int from, int to) {
        float[] values = Arrays.copyOfRange(of.values(), from * of.columns(), to * of.columns());
        return new FloatMatrix(to - from, of.columns(), values);
    }

    @Override
    public void close() {
        source.close();
    }
}
