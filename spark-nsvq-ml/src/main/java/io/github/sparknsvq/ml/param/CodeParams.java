package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.Param;

/**
 * The params of quantizers with several codebooks, estimators and models alike.
 *
 * @param <T> the stage itself
 */
public interface CodeParams<T> extends TrainingParams<T>, CodebookParams<T> {

    /** Param for the column for the code, empty for none. */
    default Param<String> codeCol() {
        return paramSet().get("codeCol");
    }

    /** Returns the column for the code, empty for none. */
    default String getCodeCol() {
        return getOrDefault(codeCol());
    }

    /** Sets the column for the code, empty for none. */
    default T setCodeCol(String value) {
        return assign(codeCol(), value);
    }

    /** Param for the column for the code's indices, empty for none. */
    default Param<String> codesCol() {
        return paramSet().get("codesCol");
    }

    /** Returns the column for the code's indices, empty for none. */
    default String getCodesCol() {
        return getOrDefault(codesCol());
    }

    /** Sets the column for the code's indices, empty for none. */
    default T setCodesCol(String value) {
        return assign(codesCol(), value);
    }

    /** Param for the column for squared errors, empty for none. */
    default Param<String> errorsCol() {
        return paramSet().get("errorsCol");
    }

    /** Returns the column for squared errors, empty for none. */
    default String getErrorsCol() {
        return getOrDefault(errorsCol());
    }

    /** Sets the column for squared errors, empty for none. */
    default T setErrorsCol(String value) {
        return assign(errorsCol(), value);
    }

    /** Whether codes may end before the last codebook. */
    default boolean variableLength() {
        return false;
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends CodeParams<T>, TrainingParams.OfEstimator<T>, CodebookParams.OfEstimator<T> {}
}
