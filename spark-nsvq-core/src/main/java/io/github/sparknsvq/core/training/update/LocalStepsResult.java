package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the steps that partitions took on their own led. Merging averages: each codeword, and each number that the
 * rule keeps of it, by the weight that chose the codeword; what nothing chose stays as it is in the first partition.
 *
 * @param codewords {@code K x D}
 * @param state the rule's state, arrays of {@code K x width}
 * @param seen what the steps counted, of dimension 0: counts and errors are asked for, sums are not
 * @param replaced how many codewords were replaced between the steps
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record LocalStepsResult(float[] codewords, float[][] state, CodebookStatistics seen, int replaced)
        implements CodewordResult<LocalStepsResult> {

    /** Returns about how large a result is. */
    public static long bytes(float[] codewords, UpdateRule rule, int dimension) {
        int k = codewords.length / dimension;
        return stateBytes(codewords, rule) + CodebookStatistics.bytes(k, 0);
    }

    /** Returns how large the codewords and the rule's state are. */
    static long stateBytes(float[] codewords, UpdateRule rule) {
        long bytes = 4L * codewords.length;
        for (float[] array : rule.state()) {
            bytes += 4L * array.length;
        }
        return bytes;
    }

    @Override
    public LocalStepsResult range(int from, int to) {
        CodebookStatistics part = seen.range(from, to);
        float[][] states = new float[state.length][];
        for (int a = 0; a < states.length; a++) {
            states[a] = range(state[a], from, to);
        }
        return new LocalStepsResult(range(codewords, from, to), states, part, replaced);
    }

    private float[] range(float[] values, int from, int to) {
        int width = values.length / seen.codewords();
        return Arrays.copyOfRange(values, from * width, to * width);
    }

    @Override
    public void mergeAll(List<LocalStepsResult> later) {
        List<LocalStepsResult> parts = new ArrayList<>(later);
        parts.add(0, this);
        double[][] shares = parts.stream().map(part -> part.seen.counts()).toArray(double[][]::new);
        average(parts.stream().map(LocalStepsResult::codewords).toArray(float[][]::new), shares);
        for (int a = 0; a < state.length; a++) {
            int array = a;
            average(parts.stream().map(part -> part.state[array]).toArray(float[][]::new), shares);
        }
        // last: the counts are this partition's share until here
        seen.mergeAll(later.stream().map(LocalStepsResult::seen).toList());
    }

    /** Replaces each codeword's values in the first part by the average over the parts, weighted by share. */
    private static void average(float[][] parts, double[][] shares) {
        int codewords = shares[0].length;
        int width = parts[0].length / codewords;
        for (int k = 0; k < codewords; k++) {
            double total = 0;
            for (double[] share : shares) {
                total += share[k];
            }
            if (total > 0) {
                for (int i = k * width; i < (k + 1) * width; i++) {
                    double value = 0;
                    for (int p = 0; p < parts.length; p++) {
                        value += shares[p][k] * parts[p][i];
                    }
                    parts[0][i] = (float) (value / total);
                }
            }
        }
    }

    /**
     * Moves a codebook and its rule to where the steps led that one range took alone: all codewords, also those that
     * were replaced.
     *
     * @param all the codebook, changed in place
     * @param rule its rule, changed in place
     */
    public void replace(float[] all, UpdateRule rule) {
        System.arraycopy(codewords, 0, all, 0, all.length);
        float[][] into = rule.state();
        for (int a = 0; a < into.length; a++) {
            System.arraycopy(state[a], 0, into[a], 0, into[a].length);
        }
    }

    /**
     * Moves a codebook and its rule to where the steps led, as far as these codewords go. A codeword that nothing
     * chose stays, and so does its state.
     *
     * @param from the first codeword of this result
     * @param all the codebook, changed in place
     * @param rule its rule, changed in place
     */
    public void apply(int from, float[] all, UpdateRule rule) {
        int d = codewords.length / seen.codewords();
        for (int c = 0; c < seen.codewords(); c++) {
            if (seen.counts()[c] > 0) {
                System.arraycopy(codewords, c * d, all, (from + c) * d, d);
            }
        }
        rule.takeOver(from, state, seen.counts());
    }
}
