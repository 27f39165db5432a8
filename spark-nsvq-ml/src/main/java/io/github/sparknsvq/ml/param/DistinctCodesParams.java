package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.Param;

/**
 * The params of a stage that tells equal codes apart.
 *
 * @param <T> the stage itself
 */
public interface DistinctCodesParams<T> extends HasParamSet<T> {

    /** Param for the column of codes. */
    default Param<String> codesCol() {
        return paramSet().get("codesCol");
    }

    /** Returns the column of codes. */
    default String getCodesCol() {
        return getOrDefault(codesCol());
    }

    /** Sets the column of codes, {@code array<int>}, which gets one element more. */
    default T setCodesCol(String value) {
        return assign(codesCol(), value);
    }

    /** Param for the column of ids. */
    default Param<String> idCol() {
        return paramSet().get("idCol");
    }

    /** Returns the column of ids. */
    default String getIdCol() {
        return getOrDefault(idCol());
    }

    /** Sets the column of ids: unique, so that the digits are always the same. */
    default T setIdCol(String value) {
        return assign(idCol(), value);
    }
}
