package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.ByteLanes.BYTES;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.SHORTS;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.util.Arrays;
import java.util.Objects;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums by permutations of table entries: a vector of 64, 32 or 16 bytes holds the tables of 4, 2 or 1 indices, and
 * the codes of a block have theirs side by side in the same order.
 *
 * <p>Sums of bytes at even and odd places are held apart, in 16 bits. The first adds both as they come, {@code even +
 * 256 odd}, from which the second is taken away at the end: that spares a mask for each vector.
 */
final class VectorBlockSums implements ScanKernel.BlockSums {
    private static final int SIXTEEN = 16;

    /** The permutations that swap halves, and quarters of each half. */
    private static final VectorShuffle<Byte> HALVES = swap(LENGTH / 2);

    private static final VectorShuffle<Byte> QUARTERS = swap(LENGTH / 4);

    private static final VectorMask<Short> SECOND_HALF = places(SHORTS.length() / 2);
    private static final VectorMask<Short> SECOND_QUARTERS = places(SHORTS.length() / 4);

    /** Where the table of each byte's index starts in a vector of tables. */
    private static final byte[] STARTS = starts();

    private final int bytes;
    /** Bytes of a block in whole vectors: the last may reach into what follows, where the table has zeros. */
    private final int padded;

    private final byte[] tables;
    private final byte[] last;
    private final short[] lanes = new short[Math.max(ScanKernel.BLOCK, 4 * SHORTS.length())];

    VectorBlockSums(int parts) {
        this.bytes = SIXTEEN * (parts + parts % 2);
        this.padded = (bytes + LENGTH - 1) / LENGTH * LENGTH;
        this.tables = new byte[padded];
        this.last = new byte[padded];
    }

    private static VectorShuffle<Byte> swap(int distance) {
        return VectorShuffle.fromOp(BYTES, i -> i ^ Math.max(1, distance));
    }

    private static VectorMask<Short> places(int bit) {
        boolean[] set = new boolean[SHORTS.length()];
        for (int i = 0; i < set.length; i++) {
            set[i] = (i & bit) != 0;
        }
        return VectorMask.fromArray(SHORTS, set, 0);
    }

    private static byte[] starts() {
        byte[] starts = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            starts[i] = (byte) (i / SIXTEEN * SIXTEEN);
        }
        return starts;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    @Override
    public void table(byte[] table) {
        Arrays.fill(tables, (byte) 0);
        System.arraycopy(table, 0, tables, 0, Math.min(table.length, bytes));
    }

    @Override
    public int next(byte[] codes, int offset, int from, int blocks, int bound, short[] sums) {
        Objects.checkFromIndexSize(offset, blocks * bytes, codes.length);
        if (bound < 0) {
            return blocks;
        }
        short most = (short) Math.min(bound, MOST);
        int at = offset + from * bytes;
        for (int block = from; block < blocks; block++, at += bytes) {
            if (isLow(codes, at, most)) {
                copy(sums);
                return block;
            }
        }
        return blocks;
    }

    private boolean isLow(byte[] codes, int at, short bound) {
        if (at + padded > codes.length) {
            System.arraycopy(codes, at, last, 0, bytes);
            return sum(last, 0, bound);
        }
        return sum(codes, at, bound);
    }

    private boolean sum(byte[] codes, int at, short bound) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        ShortVector low = ShortVector.zero(SHORTS);
        ShortVector lowOdd = low;
        ShortVector high = low;
        ShortVector highOdd = low;
        for (int i = 0; i < padded; i += LENGTH) {
            ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
            ByteVector table = ByteVector.fromArray(BYTES, tables, i);
            ShortVector entries = entries(both.and((byte) 15), starts, table);
            low = low.add(entries);
            lowOdd = lowOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = entries(upper(both), starts, table);
            high = high.add(entries);
            highOdd = highOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        low = low.sub(lowOdd.lanewise(VectorOperators.LSHL, 8));
        high = high.sub(highOdd.lanewise(VectorOperators.LSHL, 8));
        return isLow(low, lowOdd, high, highOdd, bound);
    }

    /** Adds up what lies in several places for the same code, and compares the sums. */
    private boolean isLow(ShortVector low, ShortVector lowOdd, ShortVector high, ShortVector highOdd, short bound) {
        if (LENGTH == 64) {
            ShortVector even = fold(low, high, SECOND_HALF, HALVES);
            ShortVector odd = fold(lowOdd, highOdd, SECOND_HALF, HALVES);
            ShortVector sums = fold(even, odd, SECOND_QUARTERS, QUARTERS);
            if (noneIsLow(sums, bound)) {
                return false;
            }
            sums.intoArray(lanes, 0);
            return true;
        }
        if (LENGTH == 32) {
            ShortVector first = fold(low, lowOdd, SECOND_HALF, HALVES);
            ShortVector second = fold(high, highOdd, SECOND_HALF, HALVES);
            if (noneIsLow(first.min(second), bound)) {
                return false;
            }
            first.intoArray(lanes, 0);
            second.intoArray(lanes, SHORTS.length());
            return true;
        }
        if (noneIsLow(low.min(lowOdd).min(high.min(highOdd)), bound)) {
            return false;
        }
        low.intoArray(lanes, 0);
        lowOdd.intoArray(lanes, SHORTS.length());
        high.intoArray(lanes, 2 * SHORTS.length());
        highOdd.intoArray(lanes, 3 * SHORTS.length());
        return true;
    }

    private static boolean noneIsLow(ShortVector sums, short bound) {
        return !sums.compare(VectorOperators.LE, bound).anyTrue();
    }

    private static ByteVector upper(ByteVector both) {
        return both.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
    }

    private static ShortVector entries(ByteVector index, ByteVector starts, ByteVector table) {
        return index.or(starts).selectFrom(table).reinterpretAsShorts();
    }

    /** Adds up the two halves, or quarters, of each of two vectors: those of {@code a} come first in the result. */
    private static ShortVector fold(ShortVector a, ShortVector b, VectorMask<Short> high, VectorShuffle<Byte> swap) {
        ShortVector crossed =
                b.blend(a, high).reinterpretAsBytes().rearrange(swap).reinterpretAsShorts();
        return a.blend(b, high).add(crossed);
    }

    private void copy(short[] sums) {
        System.arraycopy(lanes, 0, sums, 0, ScanKernel.BLOCK);
    }
}
