package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Codebooks that are trained together: how many codewords each has, and their common dimension. The codewords of all
 * are numbered through, codebook after codebook, and so lie in one row-major array of {@code total() x dimension()}.
 *
 * @param dimension dimension of the codewords, at least 1
 * @param sizes codewords of each codebook, each at least 1; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CodebookLayout(int dimension, int... sizes) implements Serializable {

    /** Checks that there is a codebook, none empty, and that all codewords fit one array. */
    public CodebookLayout {
        NsvqException.unless(
                sizes.length > 0 && dimension >= 1,
                sizes.length + " codebooks of dimension " + dimension + " cannot be trained");
        long total = 0;
        for (int size : sizes) {
            NsvqException.unless(size >= 1, "a codebook needs at least 1 codeword, not " + size);
            total += size;
        }
        NsvqException.unless(
                total * dimension <= Integer.MAX_VALUE - 8,
                total + " codewords of dimension " + dimension
                        + " do not fit one array: take fewer codebooks, or smaller ones");
    }

    /** Returns a layout of equal codebooks. */
    public static CodebookLayout uniform(int codebooks, int codewords, int dimension) {
        int[] sizes = new int[Math.max(0, codebooks)];
        Arrays.fill(sizes, codewords);
        return new CodebookLayout(dimension, sizes);
    }

    /** Returns the number of codebooks {@code M}. */
    public int codebooks() {
        return sizes.length;
    }

    /** Returns the number of codewords of all codebooks. */
    public int total() {
        return start(sizes.length);
    }

    /** Returns the number of the first codeword of a codebook; for {@code M}, of the one behind the last. */
    public int start(int codebook) {
        int start = 0;
        for (int m = 0; m < codebook; m++) {
            start += sizes[m];
        }
        return start;
    }

    /** Returns the codebook of each codeword, {@code total()} values. */
    public int[] codebookOf() {
        int[] of = new int[total()];
        for (int m = 0; m < sizes.length; m++) {
            Arrays.fill(of, start(m), start(m + 1), m);
        }
        return of;
    }

    /** Returns the number of codewords of the largest codebook. */
    public int largest() {
        return Arrays.stream(sizes).max().orElseThrow();
    }

    /** Returns what statistics of all codewords say of one codebook, copied. */
    public CodebookStatistics part(CodebookStatistics all, int codebook) {
        return all.range(start(codebook), start(codebook + 1));
    }

    /** Returns a copy of one codebook, {@code K_m x dimension}. */
    public FloatMatrix codebook(float[] codewords, int codebook) {
        float[] copy = Arrays.copyOfRange(codewords, start(codebook) * dimension, start(codebook + 1) * dimension);
        return new FloatMatrix(sizes[codebook], dimension, copy);
    }

    /** Returns copies of all codebooks. */
    public List<FloatMatrix> codebooks(float[] codewords) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            codebooks.add(codebook(codewords, m));
        }
        return codebooks;
    }

    /** Returns codebooks one after the other in one array: the inverse of {@link #codebooks(float[])}. */
    public static float[] concatenated(List<FloatMatrix> codebooks) {
        float[] codewords = new float
                [codebooks.stream()
                        .mapToInt(codebook -> codebook.values().length)
                        .sum()];
        int at = 0;
        for (FloatMatrix codebook : codebooks) {
            System.arraycopy(codebook.values(), 0, codewords, at, codebook.values().length);
            at += codebook.values().length;
        }
        return codewords;
    }

    /** Returns the shape as it enters checkpoints' fingerprints; another text would refuse earlier releases' ones. */
    public String checkpointKey() {
        return Arrays.toString(sizes) + " x " + dimension;
    }

    @Override
    public String toString() {
        return Arrays.toString(sizes) + " x " + dimension;
    }
}
