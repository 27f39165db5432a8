package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;

/**
 * The size of a code: how many codebooks there are, and how large.
 *
 * @param <T> the stage itself
 */
public interface CodebookParams<T> extends StageParams<T> {

    /** Param for the number of codebooks. */
    default IntParam numCodebooks() {
        return paramSet().get("numCodebooks");
    }

    /** Returns the number of codebooks. */
    default int getNumCodebooks() {
        return (int) getOrDefault(numCodebooks());
    }

    /** Param for the bits of an index: a codebook has 2^bits codewords. */
    default IntParam codebookBits() {
        return paramSet().get("codebookBits");
    }

    /** Returns the bits of an index: a codebook has 2^bits codewords. */
    default int getCodebookBits() {
        return (int) getOrDefault(codebookBits());
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends CodebookParams<T>, StageParams.OfEstimator<T> {
        /** Sets the number of codebooks. */
        default T setNumCodebooks(int value) {
            return assign(numCodebooks(), value);
        }

        /** Sets the bits of an index: a codebook has 2^bits codewords. */
        default T setCodebookBits(int value) {
            return assign(codebookBits(), value);
        }
    }
}
