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
 * <p>Bytes are summed in 16 bits, twice: as they come, and moved by a byte, as integers of 32 bits. Of four bytes
 * with sums e0 to e3 that gives {@code e0 + 256 e1}, {@code e2 + 256 e3}, {@code e1 + 256 e2} and {@code e3}, modulo
 * 65,536, of which the last tells the others, one after the other. So no mask is needed for each vector, and no shift
 * of shorts: C2 has these by a count in a register alone, which takes the port of permutations on CPUs of Intel.
 *
 * <p>The loops leave through an array, and nothing but they is in their methods: C2 of JDK 17 stops inlining at a
 * number of nodes that little more would reach, and a vector that a method passes on is an object in memory. That
 * number counts what is inlined: {@link #finish} stays apart from {@link #one} since it has more than 325 bytes of
 * bytecode, which C2 never inlines.
 */
final class NibbleBlockSums implements ScanKernel.BlockSums {
    private static final int SIXTEEN = 16;

    /** Lanes of a vector of sums, and of the four of a query. */
    private static final int LANES = SHORTS.length();

    private static final int RAW = 4 * LANES;

    /** Queries whose sums are taken in one pass at most. */
    private static final int TOGETHER = 4;

    /**
     * Whether four queries are summed in one pass: their sums take 16 registers, what they are made of some more. C2
     * of JDK 17 is so near its number of nodes then that some compilations make objects of sums.
     */
    private static final boolean FOUR =
            Lanes.MANY_REGISTERS && Runtime.version().feature() >= 25;

    private static final Class<?> CLASS = SHORTS.vectorType();

    /** The permutations that swap halves, and quarters of each half. */
    private static final VectorShuffle<Byte> HALVES = swap(LENGTH / 2);

    private static final VectorShuffle<Byte> QUARTERS = swap(LENGTH / 4);

    private static final VectorMask<Short> SECOND_HALF = places(LANES / 2);
    private static final VectorMask<Short> SECOND_QUARTERS = places(LANES / 4);

    /** Where the table of each byte's index starts in a vector of tables. */
    private static final byte[] STARTS = tableStarts();

    private final int bytes;

    /** Bytes of a block in whole vectors: the last may reach into what follows, where the table has zeros. */
    private final int padded;

    private final byte[] last;

    /** Where the tables of the queries start that are summed together. */
    private final int[] starts = new int[TOGETHER];

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

    private static byte[] tableStarts() {
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
        for (int n; q < from + count; q += n, to += n * stride) {
            int left = from + count - q;
            n = FOUR && left >= TOGETHER ? TOGETHER : Math.min(left, 2);
            for (int j = 0; j < n; j++) {
                starts[j] = queries[q + j] * padded;
            }
            loops(n, codes, offset, whole, tables, 0);
            if (whole < blocks) {
                loops(n, last, 0, 1, tables, n * RAW * whole);
            }
            for (int j = 0; j < n; j++) {
                finish(raw, j * RAW, n * RAW, blocks, sums, to + j * stride);
            }
        }
    }

    private void loops(int n, byte[] codes, int offset, int blocks, byte[] tables, int to) {
        if (n == 1) {
            one(codes, offset, bytes, padded, blocks, tables, starts[0], raw, to);
        } else if (n == 2) {
            low(codes, offset, bytes, padded, blocks, tables, starts[0], starts[1], raw, to);
            high(codes, offset, bytes, padded, blocks, tables, starts[0], starts[1], raw, to + 2 * LANES);
        } else {
            four(codes, offset, bytes, padded, blocks, tables, starts[0], starts[1], starts[2], starts[3], raw, to);
        }
    }

    private static void four(
            byte[] codes,
            int from,
            int step,
            int bytes,
            int blocks,
            byte[] tables,
            int t0,
            int t1,
            int t2,
            int t3,
            short[] raw,
            int first) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        for (int block = 0, at = from, to = first; block < blocks; block++, at += step, to += TOGETHER * RAW) {
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector aMoved = a;
            ShortVector aHigh = a;
            ShortVector aHighMoved = a;
            ShortVector b = a;
            ShortVector bMoved = a;
            ShortVector bHigh = a;
            ShortVector bHighMoved = a;
            ShortVector c = a;
            ShortVector cMoved = a;
            ShortVector cHigh = a;
            ShortVector cHighMoved = a;
            ShortVector d = a;
            ShortVector dMoved = a;
            ShortVector dHigh = a;
            ShortVector dHighMoved = a;
            for (int i = 0; i < bytes; i += LENGTH) {
                ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
                VectorShuffle<Byte> low = both.and((byte) 15).or(starts).toShuffle();
                VectorShuffle<Byte> high = upper(both).or(starts).toShuffle();
                ByteVector table = ByteVector.fromArray(BYTES, tables, t0 + i);
                ByteVector entries = table.rearrange(low);
                a = a.add(entries.reinterpretAsShorts());
                aMoved = aMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = table.rearrange(high);
                aHigh = aHigh.add(entries.reinterpretAsShorts());
                aHighMoved = aHighMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                table = ByteVector.fromArray(BYTES, tables, t1 + i);
                entries = table.rearrange(low);
                b = b.add(entries.reinterpretAsShorts());
                bMoved = bMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = table.rearrange(high);
                bHigh = bHigh.add(entries.reinterpretAsShorts());
                bHighMoved = bHighMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                table = ByteVector.fromArray(BYTES, tables, t2 + i);
                entries = table.rearrange(low);
                c = c.add(entries.reinterpretAsShorts());
                cMoved = cMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = table.rearrange(high);
                cHigh = cHigh.add(entries.reinterpretAsShorts());
                cHighMoved = cHighMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                table = ByteVector.fromArray(BYTES, tables, t3 + i);
                entries = table.rearrange(low);
                d = d.add(entries.reinterpretAsShorts());
                dMoved = dMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = table.rearrange(high);
                dHigh = dHigh.add(entries.reinterpretAsShorts());
                dHighMoved = dHighMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
            }
            a.intoArray(raw, to);
            aMoved.intoArray(raw, to + LANES);
            aHigh.intoArray(raw, to + 2 * LANES);
            aHighMoved.intoArray(raw, to + 3 * LANES);
            b.intoArray(raw, to + 4 * LANES);
            bMoved.intoArray(raw, to + 5 * LANES);
            bHigh.intoArray(raw, to + 6 * LANES);
            bHighMoved.intoArray(raw, to + 7 * LANES);
            c.intoArray(raw, to + 8 * LANES);
            cMoved.intoArray(raw, to + 9 * LANES);
            cHigh.intoArray(raw, to + 10 * LANES);
            cHighMoved.intoArray(raw, to + 11 * LANES);
            d.intoArray(raw, to + 12 * LANES);
            dMoved.intoArray(raw, to + 13 * LANES);
            dHigh.intoArray(raw, to + 14 * LANES);
            dHighMoved.intoArray(raw, to + 15 * LANES);
        }
    }

    /**
     * Sums the codes in the low bits of bytes for two queries; those in the high bits are {@link #high}'s. With both
     * in one pass C2 of JDK 17 is at its number of nodes, as with four queries.
     */
    private static void low(
            byte[] codes,
            int from,
            int step,
            int bytes,
            int blocks,
            byte[] tables,
            int first,
            int second,
            short[] raw,
            int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        for (int block = 0; block < blocks; block++) {
            int at = from + block * step;
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector aMoved = a;
            ShortVector b = a;
            ShortVector bMoved = a;
            for (int i = 0; i < bytes; i += LENGTH) {
                ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
                VectorShuffle<Byte> places = both.and((byte) 15).or(starts).toShuffle();
                ByteVector entries =
                        ByteVector.fromArray(BYTES, tables, first + i).rearrange(places);
                a = a.add(entries.reinterpretAsShorts());
                aMoved = aMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = ByteVector.fromArray(BYTES, tables, second + i).rearrange(places);
                b = b.add(entries.reinterpretAsShorts());
                bMoved = bMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
            }
            int out = to + 2 * RAW * block;
            exact(a).intoArray(raw, out);
            exact(aMoved).intoArray(raw, out + LANES);
            exact(b).intoArray(raw, out + RAW);
            exact(bMoved).intoArray(raw, out + RAW + LANES);
        }
    }

    /** As {@link #low}, for the codes in the high bits: a shift that is a parameter would be by a register again. */
    private static void high(
            byte[] codes,
            int from,
            int step,
            int bytes,
            int blocks,
            byte[] tables,
            int first,
            int second,
            short[] raw,
            int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        for (int block = 0; block < blocks; block++) {
            int at = from + block * step;
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector aMoved = a;
            ShortVector b = a;
            ShortVector bMoved = a;
            for (int i = 0; i < bytes; i += LENGTH) {
                ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
                VectorShuffle<Byte> places = upper(both).or(starts).toShuffle();
                ByteVector entries =
                        ByteVector.fromArray(BYTES, tables, first + i).rearrange(places);
                a = a.add(entries.reinterpretAsShorts());
                aMoved = aMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = ByteVector.fromArray(BYTES, tables, second + i).rearrange(places);
                b = b.add(entries.reinterpretAsShorts());
                bMoved = bMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
            }
            int out = to + 2 * RAW * block;
            exact(a).intoArray(raw, out);
            exact(aMoved).intoArray(raw, out + LANES);
            exact(b).intoArray(raw, out + RAW);
            exact(bMoved).intoArray(raw, out + RAW + LANES);
        }
    }

    private static void one(
            byte[] codes, int from, int step, int bytes, int blocks, byte[] tables, int first, short[] raw, int to) {
        ByteVector starts = ByteVector.fromArray(BYTES, STARTS, 0);
        for (int block = 0; block < blocks; block++) {
            int at = from + block * step;
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector aMoved = a;
            ShortVector aHigh = a;
            ShortVector aHighMoved = a;
            for (int i = 0; i < bytes; i += LENGTH) {
                ByteVector both = ByteVector.fromArray(BYTES, codes, at + i);
                ByteVector table = ByteVector.fromArray(BYTES, tables, first + i);
                ByteVector entries = both.and((byte) 15).or(starts).selectFrom(table);
                a = a.add(entries.reinterpretAsShorts());
                aMoved = aMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
                entries = upper(both).or(starts).selectFrom(table);
                aHigh = aHigh.add(entries.reinterpretAsShorts());
                aHighMoved = aHighMoved.add(entries.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts());
            }
            int out = to + RAW * block;
            exact(a).intoArray(raw, out);
            exact(aMoved).intoArray(raw, out + LANES);
            exact(aHigh).intoArray(raw, out + 2 * LANES);
            exact(aHighMoved).intoArray(raw, out + 3 * LANES);
        }
    }

    /**
     * Returns a sum that a loop has carried. To C2 of JDK 17 it is of any class there, and where it does not trust
     * the profile of code of the JDK that other vectors share, the sum becomes an object.
     */
    private static ShortVector exact(ShortVector sum) {
        return (ShortVector) CLASS.cast(sum);
    }

    private static ByteVector upper(ByteVector both) {
        return both.reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
    }

    /** Adds up what lies in several places for the same code: sums of a query's blocks, {@code step} apart. */
    private static void finish(short[] raw, int first, int step, int blocks, short[] sums, int to) {
        for (int block = 0; block < blocks; block++) {
            int from = first + block * step;
            int at = to + block * ScanKernel.BLOCK;
            ShortVector odd = ShortVector.fromArray(SHORTS, raw, from + LANES);
            ShortVector highOdd = ShortVector.fromArray(SHORTS, raw, from + 3 * LANES);
            ShortVector low = ShortVector.fromArray(SHORTS, raw, from);
            ShortVector high = ShortVector.fromArray(SHORTS, raw, from + 2 * LANES);
            low = low.sub(odd.lanewise(VectorOperators.LSHL, 8));
            high = high.sub(highOdd.lanewise(VectorOperators.LSHL, 8));
            odd = odd.sub(low.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 8)
                    .and(0xFF00)
                    .reinterpretAsShorts());
            highOdd = highOdd.sub(high.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 8)
                    .and(0xFF00)
                    .reinterpretAsShorts());
            if (LENGTH == 64) {
                ShortVector crossed = swapped(high.blend(low, SECOND_HALF), HALVES);
                ShortVector even = low.blend(high, SECOND_HALF).add(crossed);
                crossed = swapped(highOdd.blend(odd, SECOND_HALF), HALVES);
                odd = odd.blend(highOdd, SECOND_HALF).add(crossed);
                crossed = swapped(odd.blend(even, SECOND_QUARTERS), QUARTERS);
                even.blend(odd, SECOND_QUARTERS).add(crossed).intoArray(sums, at);
            } else if (LENGTH == 32) {
                ShortVector crossed = swapped(odd.blend(low, SECOND_HALF), HALVES);
                low.blend(odd, SECOND_HALF).add(crossed).intoArray(sums, at);
                crossed = swapped(highOdd.blend(high, SECOND_HALF), HALVES);
                high.blend(highOdd, SECOND_HALF).add(crossed).intoArray(sums, at + LANES);
            } else {
                low.intoArray(sums, at);
                odd.intoArray(sums, at + LANES);
                high.intoArray(sums, at + 2 * LANES);
                highOdd.intoArray(sums, at + 3 * LANES);
            }
        }
    }

    private static ShortVector swapped(ShortVector vector, VectorShuffle<Byte> swap) {
        return vector.reinterpretAsBytes().rearrange(swap).reinterpretAsShorts();
    }
}
