package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.update.NsvqRule;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import io.github.sparknsvq.core.training.update.ReseedingPolicy;
import io.github.sparknsvq.core.training.update.ReseedingPolicy.BatchPresence;
import java.util.Arrays;
import java.util.Random;

/**
 * NSVQ for codebooks that are added up, as its authors train them: gradient steps and nothing else, in which every
 * codeword of a row gets the same gradient, that of the row's final error. Adam, and replacement by the share of
 * batches in which a codeword occurs. (The trainer of spark-nsvq gives each level the error that is left after it.)
 */
final class JointSteps {
    private static final long ORDER_STREAM = -11;
    private static final long REPLACEMENT_STREAM = -12;

    /** Share of batches under which a codeword is replaced, and the noise that parts a copy, in units of the rms. */
    private static final double PRESENCE = 0.1;

    private static final double COPY_NOISE = 1e-3;

    private final FloatMatrix rows;
    private final CodebookLayout layout;
    private final boolean ordered;
    private final int beam;

    /**
     * Takes the rows.
     *
     * @param ordered whether codebooks are searched one after the other, greedily; otherwise in any order by a beam
     * @param beam sums kept by the search in any order
     */
    JointSteps(FloatMatrix rows, CodebookLayout layout, boolean ordered, int beam) {
        this.rows = rows;
        this.layout = layout;
        this.ordered = ordered;
        this.beam = beam;
    }

    /**
     * Trains.
     *
     * @param codewords to start from, changed in place
     * @param passes over the rows
     * @param batch rows of a step
     * @param first learning rate at the start, in units of the rows' rms
     * @param last learning rate at the end, to which it falls geometrically
     */
    void run(float[] codewords, int passes, int batch, double first, double last, long seed) {
        int d = layout.dimension();
        double rms = rms();
        float[] units = new float[layout.codebooks() * d];
        Arrays.fill(units, (float) rms);
        NsvqRule rule = new NsvqRule(layout, units);
        ReseedingPolicy replacement =
                new PerCodebookReseeding(layout, k -> new BatchPresence(k, d, PRESENCE, COPY_NOISE * rms));
        int steps = Math.max(1, rows.rows() / batch);
        int total = passes * steps;
        int replacements = 0;
        int replacedAt = 0;
        for (int step = 0, pass = 0; pass < passes; pass++) {
            int[] order = shuffled(seed, pass);
            for (int s = 0; s < steps; s++, step++) {
                CodebookStatistics seen = batch(codewords, order, s * batch, Math.min(batch, rows.rows()));
                rule.update(codewords, seen, first * Math.pow(last / first, (double) step / total));
                replacement.observe(seen);
                // ten times every 0.5 % of all steps, then every 3 %, none in the last 3 %
                double interval = (replacements < 10 ? 0.005 : 0.03) * total;
                if (step + 1 - replacedAt >= interval && step + 1 <= 0.97 * total) {
                    Random random = SeededHash.random(seed, REPLACEMENT_STREAM, step);
                    replacement.reseed(codewords, rule::forget, random);
                    replacements++;
                    replacedAt = step + 1;
                }
            }
        }
    }

    /** Counts a batch: the target of each codeword of a row is itself plus what the whole sum leaves of the row. */
    private CodebookStatistics batch(float[] codewords, int[] order, int from, int count) {
        int d = layout.dimension();
        int books = layout.codebooks();
        float[] block = new float[count * d];
        for (int i = 0; i < count; i++) {
            System.arraycopy(rows.values(), order[from + i] * d, block, i * d, d);
        }
        Quantizer quantizer = ordered
                ? new ResidualQuantizer(layout.codebooks(codewords), 1)
                : new AdditiveQuantizer(layout.codebooks(codewords), beam, 0);
        int[] indices = new int[count * books];
        quantizer.encode(block, 0, count, indices, 0);
        float[] decoded = new float[count * d];
        quantizer.decode(indices, 0, count, decoded, 0);
        CodebookStatistics seen = new CodebookStatistics(layout.total(), d);
        float[] target = new float[d];
        for (int i = 0; i < count; i++) {
            for (int m = 0; m < books; m++) {
                int k = layout.start(m) + indices[i * books + m];
                double error = 0;
                for (int j = 0; j < d; j++) {
                    float left = block[i * d + j] - decoded[i * d + j];
                    target[j] = codewords[k * d + j] + left;
                    error += left * left;
                }
                seen.add(k, target, 0, 1f, error);
            }
        }
        return seen;
    }

    private int[] shuffled(long seed, int pass) {
        Random random = SeededHash.random(seed, ORDER_STREAM, pass);
        int[] order = new int[rows.rows()];
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** The rows' rms deviation from their mean, over all dimensions. */
    private double rms() {
        int d = rows.columns();
        double variance = 0;
        for (int j = 0; j < d; j++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < rows.rows(); i++) {
                double x = rows.values()[i * d + j];
                sum += x;
                squares += x * x;
            }
            double mean = sum / rows.rows();
            variance += squares / rows.rows() - mean * mean;
        }
        return Math.sqrt(variance / d);
    }
}
