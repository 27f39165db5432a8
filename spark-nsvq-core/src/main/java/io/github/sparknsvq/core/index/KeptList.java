package io.github.sparknsvq.core.index;

/** What is kept of a list for all scans of it, since it does not depend on the query. */
final class KeptList {
    /** The term of each code, in the scanner's order; null where codes have none. */
    final float[] terms;

    /** The codes in another order than the list's, if scans want it and there is room; null if not. */
    final byte[] codes;

    /** The lowest term, or NaN if there is one that is not finite; 0 without terms. */
    final float least;

    /** The largest magnitude of a term. */
    final float magnitude;

    KeptList(float[] terms, byte[] codes) {
        this.terms = terms;
        this.codes = codes;
        float min = terms == null || terms.length == 0 ? 0 : terms[0];
        float max = min;
        float check = 0;
        for (int i = 0; terms != null && i < terms.length; i++) {
            min = Math.min(min, terms[i]);
            max = Math.max(max, terms[i]);
            check += 0 * terms[i]; // NaN if this one is not finite
        }
        this.least = min + check;
        this.magnitude = Math.max(Math.abs(min), Math.abs(max));
    }
}
