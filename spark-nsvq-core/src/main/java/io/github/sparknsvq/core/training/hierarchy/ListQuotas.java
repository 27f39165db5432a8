package io.github.sparknsvq.core.training.hierarchy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How many of all lists each cell gets. */
final class ListQuotas {
    private ListQuotas() {}

    /**
     * Shares lists out in proportion to weights, by largest remainders (equal ones in the order of the cells); every
     * cell that has weight gets one at least, where there are as many, and a cell without weight gets none.
     *
     * @param weights of the rows of each cell, none negative; one at least is positive
     * @param lists how many there are, at least 1
     * @return the lists of each cell, {@code lists} together
     */
    static int[] of(double[] weights, int lists) {
        int[] filled = IntStream.range(0, weights.length)
                .filter(cell -> weights[cell] > 0)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(cell -> -weights[cell]))
                .limit(lists)
                .sorted()
                .mapToInt(Integer::intValue)
                .toArray();
        double total = Arrays.stream(filled).mapToDouble(cell -> weights[cell]).sum();
        int spare = lists - filled.length; // beyond the one of each
        int[] quotas = new int[weights.length];
        double[] remainders = new double[weights.length];
        int given = 0;
        for (int cell : filled) {
            double share = Math.max(0, weights[cell] / total * lists - 1);
            quotas[cell] = 1 + (int) Math.min(share, spare);
            remainders[cell] = share - Math.floor(share);
            given += quotas[cell];
        }
        int[] byRemainder = Arrays.stream(filled)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(cell -> -remainders[cell])
                        .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; given < lists; i = (i + 1) % byRemainder.length) {
            quotas[byRemainder[i]]++;
            given++;
        }
        // cells that got one for less than a share of one took it from the others, the largest first
        while (given > lists) {
            int largest = filled[0];
            for (int cell : filled) {
                largest = quotas[cell] > quotas[largest] ? cell : largest;
            }
            quotas[largest]--;
            given--;
        }
        return quotas;
    }
}
