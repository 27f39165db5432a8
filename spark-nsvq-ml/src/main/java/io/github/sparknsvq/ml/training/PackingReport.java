package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.training.assign.Moments;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/** What packing a partition found: how many rows, of which dimensions, and which were invalid. */
final class PackingReport implements Serializable {
    private static final long serialVersionUID = 1L;

    /** All rows, invalid ones and those of weight 0 among them. */
    long rows;

    /** Rows that were left out since they weigh 0. */
    long weightless;

    /** Rows that are invalid whatever the others are. */
    long invalid;

    /** Number in the partition of the first of them, or -1. */
    long firstInvalid = -1;

    /** What makes the first one invalid, as in {@code is null}. */
    String problem;

    /** Rows of each dimension, in the order in which the dimensions were met. */
    final LinkedHashMap<Integer, Packed> packed = new LinkedHashMap<>();

    /** The packed rows of one dimension: how many, the number in the partition of the first, and their moments. */
    static final class Packed implements Serializable {
        private static final long serialVersionUID = 1L;

        long rows;
        final long first;
        final Moments.Sum sum;

        Packed(int dimension, long first) {
            this.first = first;
            this.sum = new Moments.Sum(dimension);
        }
    }

    void invalid(long row, String what) {
        invalid++;
        if (firstInvalid < 0) {
            firstInvalid = row;
            problem = what;
        }
    }

    /** Returns the rows packed of a dimension. */
    long rows(int dimension) {
        Packed of = packed.get(dimension);
        return of == null ? 0 : of.rows;
    }

    /** Returns the number of invalid rows when all should have one dimension. */
    long invalid(int dimension) {
        long all = invalid;
        for (Map.Entry<Integer, Packed> other : packed.entrySet()) {
            all += other.getKey() == dimension ? 0 : other.getValue().rows;
        }
        return all;
    }
}
