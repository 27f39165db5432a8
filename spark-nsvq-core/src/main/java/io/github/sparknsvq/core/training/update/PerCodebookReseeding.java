package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A policy for each of several codebooks: codewords move within their own. */
public final class PerCodebookReseeding implements ReseedingPolicy {
    private static final long serialVersionUID = 1L;

    private final CodebookLayout layout;
    private final List<ReseedingPolicy> policies;

    /**
     * Makes the policies.
     *
     * @param policy makes that of a codebook of so many codewords
     */
    public PerCodebookReseeding(CodebookLayout layout, IntFunction<ReseedingPolicy> policy) {
        this.layout = layout;
        this.policies = IntStream.of(layout.sizes()).mapToObj(policy).toList();
    }

    @Override
    public void observe(CodebookStatistics step) {
        for (int m = 0; m < policies.size(); m++) {
            policies.get(m).observe(layout.part(step, m));
        }
    }

    @Override
    public int reseed(float[] codewords, IntConsumer forget, Random random) {
        int replaced = 0;
        int d = layout.dimension();
        for (int m = 0; m < policies.size(); m++) {
            int start = layout.start(m);
            float[] part = Arrays.copyOfRange(codewords, start * d, layout.start(m + 1) * d);
            replaced += policies.get(m).reseed(part, codeword -> forget.accept(start + codeword), random);
            System.arraycopy(part, 0, codewords, start * d, part.length);
        }
        return replaced;
    }

    @Override
    public float[][] state() {
        return policies.stream().flatMap(policy -> Stream.of(policy.state())).toArray(float[][]::new);
    }

    /**
     * Moves the codewords that nothing chose beside others of their codebook.
     *
     * @param seen the statistics of all rows
     * @param codewords all codewords, changed in place
     * @param forget told of each codeword that was moved
     * @param random the source of random numbers
     * @return how many were replaced
     */
    public static int replaceDead(
            CodebookLayout layout, CodebookStatistics seen, float[] codewords, IntConsumer forget, Random random) {
        int d = layout.dimension();
        ReseedingPolicy dead = new PerCodebookReseeding(layout, k -> new ErrorProportional(k, d, 0));
        dead.observe(seen);
        return dead.reseed(codewords, forget, random);
    }
}
