package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The slow, obvious searches for sums of codewords that the quantizers are compared with: every sum is added up and
 * compared with the row, in double precision. A sum is a list with an index of each codebook, or -1.
 */
final class SlowSums {
    private final List<FloatMatrix> codebooks;
    private final boolean ordered;

    /** With {@code ordered}, codebooks are used one after the other, and those not yet used count as zero. */
    SlowSums(List<FloatMatrix> codebooks, boolean ordered) {
        this.codebooks = codebooks;
        this.ordered = ordered;
    }

    /** The squared distance of a row from a sum; in any order, codebooks that it lacks give their mean. */
    double error(FloatMatrix rows, int row, List<Integer> sum) {
        double error = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double left = rows.get(row, j);
            for (int m = 0; m < codebooks.size(); m++) {
                if (sum.get(m) >= 0) {
                    left -= codebooks.get(m).get(sum.get(m), j);
                } else if (!ordered) {
                    left -= mean(codebooks.get(m), j);
                }
            }
            error += left * left;
        }
        return error;
    }

    private static double mean(FloatMatrix codebook, int column) {
        double sum = 0;
        for (int c = 0; c < codebook.rows(); c++) {
            sum += codebook.get(c, column);
        }
        return sum / codebook.rows();
    }

    private static List<Integer> with(List<Integer> sum, int m, int index) {
        List<Integer> longer = new ArrayList<>(sum);
        longer.set(m, index);
        return longer;
    }

    private List<Integer> nothing() {
        Integer[] none = new Integer[codebooks.size()];
        Arrays.fill(none, -1);
        return List.of(none);
    }

    /** The least error that any sum has. */
    double least(FloatMatrix rows, int row) {
        return least(rows, row, nothing(), 0);
    }

    private double least(FloatMatrix rows, int row, List<Integer> sum, int m) {
        if (m == codebooks.size()) {
            return error(rows, row, sum);
        }
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < codebooks.get(m).rows(); c++) {
            least = Math.min(least, least(rows, row, with(sum, m, c), m + 1));
        }
        return least;
    }

    /** What a beam of a width finds. */
    List<Integer> beam(FloatMatrix rows, int row, int width) {
        List<List<Integer>> beam = List.of(nothing());
        for (int step = 0; step < codebooks.size(); step++) {
            Map<List<Integer>, Double> longer = new LinkedHashMap<>();
            for (List<Integer> sum : beam) {
                for (int m = 0; m < codebooks.size(); m++) {
                    if (ordered ? m == step : sum.get(m) < 0) {
                        for (int c = 0; c < codebooks.get(m).rows(); c++) {
                            List<Integer> next = with(sum, m, c);
                            longer.put(next, error(rows, row, next));
                        }
                    }
                }
            }
            beam = longer.entrySet().stream()
                    .sorted(Comparator.comparingDouble(Map.Entry::getValue))
                    .limit(width)
                    .map(Map.Entry::getKey)
                    .toList();
        }
        return beam.get(0);
    }

    /** What is left of a sum by iterated conditional modes. */
    List<Integer> polish(FloatMatrix rows, int row, List<Integer> start, int rounds) {
        List<Integer> sum = start;
        for (int round = 0; round < rounds; round++) {
            for (int m = 0; m < codebooks.size(); m++) {
                for (int c = 0; c < codebooks.get(m).rows(); c++) {
                    List<Integer> other = with(sum, m, c);
                    sum = error(rows, row, other) < error(rows, row, sum) ? other : sum;
                }
            }
        }
        return sum;
    }
}
