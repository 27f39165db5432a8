package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.ByteLanes.BYTES;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.SHORTS;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.util.Objects;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums over 4-bit indices by permutations of table entries. A vector of 64, 32 or 16 bytes holds the tables of 4, 2
 * or 1 indices; the codes of a block have theirs side by side in the same order. Queries that are summed together
 * share the work on codes.
 *
 * <p>Sums of bytes at even and odd places are held apart, in 16 bits. The first adds both as they come, {@code even +
 * 256 odd}, from which the second is taken away at the end: that spares a mask for each vector.
 *
 * <p>The loops leave through an array, and nothing but they is in their methods: C2 of JDK 17 stops inlining at a
 * number of nodes that little more would reach, and a vector that a method passes on is an object in memory.
 */
final class NibbleBlockSums implements ScanKernel.BlockSums {
    private static final int SIXTEEN = 16;

    /** Lanes of a vector of sums, and of the four of a query. */
    private static final int LANES = SHORTS.length();

    private static final int RAW = 4 * LANES;

    /** Queries whose sums are taken in one pass at most. */
    private static final int TOGETHER = 4;

    /**
     * Whether four queries are faster than two and two: their sums take 16 registers, what they are made of some
     * more; measured to be so on JDK 25 alone.
     */
    private static final boolean FOUR =
            Lanes.MANY_REGISTERS && Runtime.version().feature() >= 25;

    /** The permutations that swap halves, and quarters of each half. */
    private static final VectorShuffle<Byte> HALVES = swap(LENGTH / 2);

    private static final VectorShuffle<Byte> QUARTERS = swap(LENGTH / 4);

    private static final VectorMask<Short> SECOND_HALF = places(LANES / 2);
    private static final VectorMask<Short> SECOND_QUARTERS = places(LANES / 4);

    /** Where the table of each byte's index starts in a vector of tables. */
    private static final byte[] STARTS = starts();

    private final int bytes;

    /** Bytes of a block in whole vectors: the last may reach into what follows, where the table has zeros. */
    private final int padded;

    private final byte[] last;
    /** What the loops leave, before it is folded; not read at once, when it may not have reached the cache. */
    private short[] raw = new short[0];

    NibbleBlockSums(int parts) {
        this.bytes = SIXTEEN * (parts + parts % 2);
        this.padded = (bytes + LENGTH - 1) / LENGTH * LENGTH;
        this.last = new byte[padded];
    }

    private static VectorShuffle<Byte> swap(int distance) {
        return VectorShuffle.fromOp(BYTES, i -> i ^ Math.max(1, distance));
    }

    private static VectorMask<Short> places(int bit) {
        boolean[] set = new boolean[LANES];
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
    public int codes() {
        return ScanKernel.BLOCK;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    @Override
    public int tableBytes() {
        return padded;
    }

    @Override
    public void sum(
            byte[] codes,
            int offset,
            int blocks,
            byte[] tables,
            int[] queries,
            int from,
            int count,
            short[] sums,
            int stride) {
        Objects.checkFromIndexSize(offset, blocks * bytes, codes.length);
        if (raw.length < TOGETHER * RAW * blocks) {
            raw = new short[TOGETHER * RAW * blocks];
        }
        int whole = blocks;
        if (blocks > 0 && offset + (blocks - 1) * bytes + padded > codes.length) {
            System.arraycopy(codes, offset + --whole * bytes, last, 0, bytes);
        }
        int q = from;
        int to = 0;
        for (; FOUR && q <= from + count - TOGETHER; q += TOGETHER, to += TOGETHER * stride) {
            sumFour(codes, offset, whole, blocks, tables, queries, q);
            for (int i = 0; i < TOGETHER * blocks; i++) {
                finish(raw, RAW * i, sums, to + i % TOGETHER * stride + i / TOGETHER * ScanKernel.BLOCK);
            }
        }
        for (; q < from + count - 1; q += 2, to += 2 * stride) {
            int first = queries[q] * padded;
            int second = queries[q + 1] * padded;
            for (int block = 0; block < whole; block++) {
                two(codes, offset + block * bytes, padded, tables, first, second, raw, 2 * RAW * block);
            }
            if (whole < blocks) {
                two(last, 0, padded, tables, first, second, raw, 2 * RAW * whole);
            }
            for (int block = 0; block < blocks; block++) {
                finish(raw, 2 * RAW * block, sums, to + block * ScanKernel.BLOCK);
                finish(raw, 2 * RAW * block + RAW, sums, to + stride + block * ScanKernel.BLOCK);
            }
        }
        if (q < from + count) {
            for (int block = 0; block < whole; block++) {
                one(codes, offset + block * bytes, padded, tables, queries[q] * padded, raw, RAW * block);
            }
            if (whole < blocks) {
                one(last, 0, padded, tables, queries[q] * padded, raw, RAW * whole);
            }
            for (int block = 0; block < blocks; block++) {
                finish(raw, RAW * block, sums, to + block * ScanKernel.BLOCK);
            }
        }
    }

    private void sumFour(byte[] codes, int offset, int whole, int blocks, byte[] tables, int[] queries, int q) {
        int t0 = queries[q] * padded;
        int t1 = queries[q + 1] * padded;
        int t2 = queries[q + 2] * padded;
        int t3 = queries[q + 3] * padded;
        for (int block = 0; block < whole; block++) {
            int to = TOGETHER * RAW * block;
            four(codes, offset + block * bytes, padded, tables, t0, t1, t2, t3, raw, to);
        }
        if (whole < blocks) {
            four(last, 0, padded, tables, t0, t1, t2, t3, raw, TOGETHER * RAW * whole);
        }
    }

    private static void four(
            byte[] codes, int at, int bytes, byte[] tables, int t0, int t1, int t2, int t3, short[] raw, int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        ShortVector a = ShortVector.zero(SHORTS);
        ShortVector aOdd = a;
        ShortVector aHigh = a;
        ShortVector aHighOdd = a;
        ShortVector b = a;
        ShortVector bOdd = a;
        ShortVector bHigh = a;
        ShortVector bHighOdd = a;
        ShortVector c = a;
        ShortVector cOdd = a;
        ShortVector cHigh = a;
        ShortVector cHighOdd = a;
        ShortVector d = a;
        ShortVector dOdd = a;
        ShortVector dHigh = a;
        ShortVector dHighOdd = a;
        for (int i = 0; i < bytes; i += LENGTH) {
            ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
            VectorShuffle<Byte> low = both.and((byte) 15).or(starts).toShuffle();
            VectorShuffle<Byte> high = upper(both).or(starts).toShuffle();
            ByteVector table = ByteVector.fromArray(BYTES, tables, t0 + i);
            ShortVector entries = table.rearrange(low).reinterpretAsShorts();
            a = a.add(entries);
            aOdd = aOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            aHigh = aHigh.add(entries);
            aHighOdd = aHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            table = ByteVector.fromArray(BYTES, tables, t1 + i);
            entries = table.rearrange(low).reinterpretAsShorts();
            b = b.add(entries);
            bOdd = bOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            bHigh = bHigh.add(entries);
            bHighOdd = bHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            table = ByteVector.fromArray(BYTES, tables, t2 + i);
            entries = table.rearrange(low).reinterpretAsShorts();
            c = c.add(entries);
            cOdd = cOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            cHigh = cHigh.add(entries);
            cHighOdd = cHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            table = ByteVector.fromArray(BYTES, tables, t3 + i);
            entries = table.rearrange(low).reinterpretAsShorts();
            d = d.add(entries);
            dOdd = dOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            dHigh = dHigh.add(entries);
            dHighOdd = dHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        a.intoArray(raw, to);
        aOdd.intoArray(raw, to + LANES);
        aHigh.intoArray(raw, to + 2 * LANES);
        aHighOdd.intoArray(raw, to + 3 * LANES);
        b.intoArray(raw, to + 4 * LANES);
        bOdd.intoArray(raw, to + 5 * LANES);
        bHigh.intoArray(raw, to + 6 * LANES);
        bHighOdd.intoArray(raw, to + 7 * LANES);
        c.intoArray(raw, to + 8 * LANES);
        cOdd.intoArray(raw, to + 9 * LANES);
        cHigh.intoArray(raw, to + 10 * LANES);
        cHighOdd.intoArray(raw, to + 11 * LANES);
        d.intoArray(raw, to + 12 * LANES);
        dOdd.intoArray(raw, to + 13 * LANES);
        dHigh.intoArray(raw, to + 14 * LANES);
        dHighOdd.intoArray(raw, to + 15 * LANES);
    }

    private static void two(
            byte[] codes, int at, int bytes, byte[] tables, int first, int second, short[] raw, int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        ShortVector a = ShortVector.zero(SHORTS);
        ShortVector aOdd = a;
        ShortVector aHigh = a;
        ShortVector aHighOdd = a;
        ShortVector b = a;
        ShortVector bOdd = a;
        ShortVector bHigh = a;
        ShortVector bHighOdd = a;
        for (int i = 0; i < bytes; i += LENGTH) {
            ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
            VectorShuffle<Byte> low = both.and((byte) 15).or(starts).toShuffle();
            VectorShuffle<Byte> high = upper(both).or(starts).toShuffle();
            ByteVector table = ByteVector.fromArray(BYTES, tables, first + i);
            ShortVector entries = table.rearrange(low).reinterpretAsShorts();
            a = a.add(entries);
            aOdd = aOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            aHigh = aHigh.add(entries);
            aHighOdd = aHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            table = ByteVector.fromArray(BYTES, tables, second + i);
            entries = table.rearrange(low).reinterpretAsShorts();
            b = b.add(entries);
            bOdd = bOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = table.rearrange(high).reinterpretAsShorts();
            bHigh = bHigh.add(entries);
            bHighOdd = bHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        a.intoArray(raw, to);
        aOdd.intoArray(raw, to + LANES);
        aHigh.intoArray(raw, to + 2 * LANES);
        aHighOdd.intoArray(raw, to + 3 * LANES);
        b.intoArray(raw, to + 4 * LANES);
        bOdd.intoArray(raw, to + 5 * LANES);
        bHigh.intoArray(raw, to + 6 * LANES);
        bHighOdd.intoArray(raw, to + 7 * LANES);
    }

    private static void one(byte[] codes, int at, int bytes, byte[] tables, int first, short[] raw, int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        ShortVector a = ShortVector.zero(SHORTS);
        ShortVector aOdd = a;
        ShortVector aHigh = a;
        ShortVector aHighOdd = a;
        for (int i = 0; i < bytes; i += LENGTH) {
            ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
            ByteVector table = ByteVector.fromArray(BYTES, tables, first + i);
            ShortVector entries =
                    both.and((byte) 15).or(starts).selectFrom(table).reinterpretAsShorts();
            a = a.add(entries);
            aOdd = aOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = upper(both).or(starts).selectFrom(table).reinterpretAsShorts();
            aHigh = aHigh.add(entries);
            aHighOdd = aHighOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        a.intoArray(raw, to);
        aOdd.intoArray(raw, to + LANES);
        aHigh.intoArray(raw, to + 2 * LANES);
        aHighOdd.intoArray(raw, to + 3 * LANES);
    }

    private static ByteVector upper(ByteVector both) {
        return both.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
    }

    /** Adds up what lies in several places for the same code. */
    private static void finish(short[] raw, int from, short[] sums, int to) {
        ShortVector odd = ShortVector.fromArray(SHORTS, raw, from + LANES);
        ShortVector highOdd = ShortVector.fromArray(SHORTS, raw, from + 3 * LANES);
        ShortVector low = ShortVector.fromArray(SHORTS, raw, from).sub(odd.lanewise(VectorOperators.LSHL, 8));
        ShortVector high =
                ShortVector.fromArray(SHORTS, raw, from + 2 * LANES).sub(highOdd.lanewise(VectorOperators.LSHL, 8));
        if (LENGTH == 64) {
            ShortVector even = fold(low, high, SECOND_HALF, HALVES);
            fold(even, fold(odd, highOdd, SECOND_HALF, HALVES), SECOND_QUARTERS, QUARTERS)
                    .intoArray(sums, to);
        } else if (LENGTH == 32) {
            fold(low, odd, SECOND_HALF, HALVES).intoArray(sums, to);
            fold(high, highOdd, SECOND_HALF, HALVES).intoArray(sums, to + LANES);
        } else {
            low.intoArray(sums, to);
            odd.intoArray(sums, to + LANES);
            high.intoArray(sums, to + 2 * LANES);
            highOdd.intoArray(sums, to + 3 * LANES);
        }
    }

    /** Adds up the two halves, or quarters, of each of two vectors: those of {@code a} come first in the result. */
    private static ShortVector fold(ShortVector a, ShortVector b, VectorMask<Short> high, VectorShuffle<Byte> swap) {
        ShortVector crossed =
                b.blend(a, high).reinterpretAsBytes().rearrange(swap).reinterpretAsShorts();
        return a.blend(b, high).add(crossed);
    }
}
