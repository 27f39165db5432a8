package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.ByteLanes.BYTES;
import static io.github.sparknsvq.core.kernel.vector.ByteLanes.SHORTS;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.util.Objects;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums over 8-bit indices by permutations of table entries, for vectors of 64 bytes: four of them hold the 256
 * entries of an index, one permutation of each looks up 64 codes by their lower six bits, and the upper two choose
 * between the four. Two blocks share the vectors of a table. See {@link NibbleBlockSums} for how sums are held.
 */
final class ByteBlockSums implements ScanKernel.BlockSums {
    private static final int CODES = 2 * ScanKernel.BLOCK;
    private static final int ENTRIES = 256;

    private final int parts;
    private final short[] raw = new short[4 * ScanKernel.BLOCK];

    ByteBlockSums(int parts) {
        this.parts = parts;
    }

    @Override
    public int codes() {
        return CODES;
    }

    @Override
    public int bytes() {
        return CODES * parts;
    }

    @Override
    public int tableBytes() {
        return ENTRIES * parts;
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
        Objects.checkFromIndexSize(offset, blocks * bytes(), codes.length);
        for (int q = 0; q < count; q++) {
            int table = queries[from + q] * tableBytes();
            int to = q * stride;
            int block = 0;
            for (; block < blocks - 1; block += 2, to += 2 * CODES) {
                int at = offset + block * bytes();
                two(codes, at, at + bytes(), parts, tables, table, raw);
                finish(raw, 0, sums, to);
                finish(raw, CODES, sums, to + CODES);
            }
            if (block < blocks) {
                one(codes, offset + block * bytes(), parts, tables, table, raw);
                finish(raw, 0, sums, to);
            }
        }
    }

    private static void two(byte[] codes, int first, int second, int parts, byte[] tables, int table, short[] raw) {
        ShortVector a = ShortVector.zero(SHORTS);
        ShortVector aOdd = a;
        ShortVector b = a;
        ShortVector bOdd = a;
        for (int i = 0, t = table; i < parts * CODES; i += CODES, t += ENTRIES) {
            ByteVector t0 = ByteVector.fromArray(BYTES, tables, t);
            ByteVector t1 = ByteVector.fromArray(BYTES, tables, t + CODES);
            ByteVector t2 = ByteVector.fromArray(BYTES, tables, t + 2 * CODES);
            ByteVector t3 = ByteVector.fromArray(BYTES, tables, t + 3 * CODES);
            ShortVector entries = entries(codes, first + i, t0, t1, t2, t3);
            a = a.add(entries);
            aOdd = aOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
            entries = entries(codes, second + i, t0, t1, t2, t3);
            b = b.add(entries);
            bOdd = bOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        a.intoArray(raw, 0);
        aOdd.intoArray(raw, ScanKernel.BLOCK);
        b.intoArray(raw, CODES);
        bOdd.intoArray(raw, CODES + ScanKernel.BLOCK);
    }

    private static void one(byte[] codes, int first, int parts, byte[] tables, int table, short[] raw) {
        ShortVector a = ShortVector.zero(SHORTS);
        ShortVector aOdd = a;
        for (int i = 0, t = table; i < parts * CODES; i += CODES, t += ENTRIES) {
            ByteVector t0 = ByteVector.fromArray(BYTES, tables, t);
            ByteVector t1 = ByteVector.fromArray(BYTES, tables, t + CODES);
            ByteVector t2 = ByteVector.fromArray(BYTES, tables, t + 2 * CODES);
            ByteVector t3 = ByteVector.fromArray(BYTES, tables, t + 3 * CODES);
            ShortVector entries = entries(codes, first + i, t0, t1, t2, t3);
            a = a.add(entries);
            aOdd = aOdd.add(entries.lanewise(VectorOperators.LSHR, 8));
        }
        a.intoArray(raw, 0);
        aOdd.intoArray(raw, ScanKernel.BLOCK);
    }

    private static ShortVector entries(
            byte[] codes, int at, ByteVector t0, ByteVector t1, ByteVector t2, ByteVector t3) {
        ByteVector index = ByteVector.fromArray(BYTES, codes, at);
        VectorShuffle<Byte> low = index.and((byte) 63).toShuffle();
        VectorMask<Byte> bit6 = index.and((byte) 64).compare(VectorOperators.NE, (byte) 0);
        VectorMask<Byte> bit7 = index.compare(VectorOperators.LT, (byte) 0);
        ByteVector lower = t0.rearrange(low).blend(t1.rearrange(low), bit6);
        ByteVector upper = t2.rearrange(low).blend(t3.rearrange(low), bit6);
        return lower.blend(upper, bit7).reinterpretAsShorts();
    }

    private static void finish(short[] raw, int from, short[] sums, int to) {
        ShortVector odd = ShortVector.fromArray(SHORTS, raw, from + ScanKernel.BLOCK);
        ShortVector.fromArray(SHORTS, raw, from)
                .sub(odd.lanewise(VectorOperators.LSHL, 8))
                .intoArray(sums, to);
        odd.intoArray(sums, to + ScanKernel.BLOCK);
    }
}
