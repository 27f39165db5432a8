package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.ByteLanes.FLOATS;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.SHORTS;

import io.github.sparknsvq.core.kernel.ScanKernel;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Rounds tables to 8 bits and terms to 16, and compares sums. */
final class Rounding {
    /** Where floats are 1/256 apart: added to an entry, it leaves the entry's whole part in bits 8 to 15. */
    private static final float TO_BITS = 1 << 15;

    /** Where floats are 1 apart: added to a term, it leaves the nearest whole number in the lowest bits. */
    private static final float WHOLE = 1 << 23;

    private static final int LANES = FLOATS.length();

    /** As many bytes as there are floats in a vector; there are no vectors of 4. */
    private static final VectorSpecies<Byte> NARROW =
            LANES == 16 ? ByteVector.SPECIES_128 : LANES == 8 ? ByteVector.SPECIES_64 : null;

    private Rounding() {}

    static void ranges(float[] table, int at, int parts, int entries, float[] lowest, float[] highest) {
        for (int m = 0, from = at; m < parts; m++, from += entries) {
            FloatVector min = FloatVector.fromArray(FLOATS, table, from);
            FloatVector max = min;
            for (int k = LANES; k < entries; k += LANES) {
                FloatVector next = FloatVector.fromArray(FLOATS, table, from + k);
                min = min.min(next);
                max = max.max(next);
            }
            lowest[m] = min.reduceLanes(VectorOperators.MIN);
            highest[m] = max.reduceLanes(VectorOperators.MAX);
        }
    }

    static void roundDown(
            float[] table, int at, int parts, int entries, float[] lowest, float scale, byte[] rounded, int to) {
        for (int m = 0, from = 0; m < parts; m++, from += entries) {
            if (NARROW == null) {
                for (int k = from; k < from + entries; k++) {
                    float bits = (table[at + k] - lowest[m]) * scale + TO_BITS;
                    rounded[to + k] = (byte) (Float.floatToRawIntBits(bits) >> 8);
                }
            } else {
                roundDown(table, at + from, entries, lowest[m], scale, rounded, to + from);
            }
        }
    }

    private static void roundDown(
            float[] table, int at, int entries, float lowest, float scale, byte[] rounded, int to) {
        for (int k = 0; k < entries; k += LANES) {
            FloatVector bits = FloatVector.fromArray(FLOATS, table, at + k)
                    .sub(lowest)
                    .mul(scale)
                    .add(TO_BITS);
            ByteVector bytes = (ByteVector) bits.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 8)
                    .convertShape(VectorOperators.I2B, NARROW, 0);
            bytes.intoArray(rounded, to + k);
        }
    }

    static boolean addTerms(
            short[] sums, int at, int count, float[] terms, int from, float least, float scale, float most, int low) {
        int half = ScanKernel.BLOCK / 2;
        ShortVector lowest = ShortVector.broadcast(SHORTS, Short.MAX_VALUE);
        for (int block = 0; block < count; block += ScanKernel.BLOCK) {
            for (int i = 0; i < half; i += LANES) {
                IntVector even =
                        whole(terms, from + block + i, least, scale, most).and(0xFFFF);
                IntVector odd = whole(terms, from + block + half + i, least, scale, most);
                ShortVector both =
                        odd.lanewise(VectorOperators.LSHL, 16).or(even).reinterpretAsShorts();
                int to = at + block + 2 * i;
                ShortVector sum = ShortVector.fromArray(SHORTS, sums, to).add(both);
                sum.intoArray(sums, to);
                lowest = lowest.min(sum);
            }
        }
        return low >= 0
                && lowest.compare(VectorOperators.LE, (short) Math.min(low, Short.MAX_VALUE))
                        .anyTrue();
    }

    private static IntVector whole(float[] terms, int at, float least, float scale, float most) {
        return FloatVector.fromArray(FLOATS, terms, at)
                .sub(least)
                .mul(scale)
                .min(most)
                .add(WHOLE)
                .reinterpretAsInts();
    }

    static int low(short[] sums, int at, int count, int bound, int[] places) {
        if (bound < 0) {
            return 0;
        }
        short most = (short) Math.min(bound, Short.MAX_VALUE);
        int step = 2 * LANES;
        int whole = count - count % step;
        int found = 0;
        // mostly none is low, which one comparison shows
        if (whole > 0 && anyLow(sums, at, whole, most)) {
            for (int i = 0; i < whole; i += step) {
                if (anyLow(sums, at + i, step, most)) {
                    found = low(sums, at, i, i + step, most, places, found);
                }
            }
        }
        return low(sums, at, whole, count, most, places, found);
    }

    private static boolean anyLow(short[] sums, int at, int count, short most) {
        ShortVector least = ShortVector.fromArray(SHORTS, sums, at);
        for (int i = 2 * LANES; i < count; i += 2 * LANES) {
            least = least.min(ShortVector.fromArray(SHORTS, sums, at + i));
        }
        return least.compare(VectorOperators.LE, most).anyTrue();
    }

    private static int low(short[] sums, int at, int from, int to, short most, int[] places, int before) {
        int found = before;
        for (int i = from; i < to; i++) {
            // without a branch, which would be guessed wrong about as often as not
            places[found] = i;
            found += 1 + ((most - sums[at + i]) >> 31);
        }
        return found;
    }
}
