package io.github.sparknsvq.benchmarks.classical;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import java.util.PriorityQueue;

/** The mean length of Huffman's code (Huffman 1952), for comparison. */
final class HuffmanLength {
    private HuffmanLength() {}

    /** Returns the bits that a symbol takes on average; 0 if there is one symbol, or none. */
    static double bits(CodeHistogram of) {
        PriorityQueue<Double> weights = new PriorityQueue<>();
        for (double count : of.counts()) {
            if (count > 0) {
                weights.add(count);
            }
        }
        double bits = 0;
        while (weights.size() > 1) { // each merge makes the codes of all symbols in it longer by a bit
            double merged = weights.remove() + weights.remove();
            bits += merged;
            weights.add(merged);
        }
        return bits == 0 ? 0 : bits / of.total();
    }
}
