package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * A stage with a {@link ParamSet}.
 *
 * @param <T> the stage itself
 */
public interface HasParamSet<T> extends Params {

    /** Returns the param objects, for the accessors of this package. */
    ParamSet paramSet();

    /** Sets a param and returns this stage. */
    @SuppressWarnings("unchecked") // T is this stage's own type
    default <V> T assign(Param<V> param, V value) {
        set(param, value);
        return (T) this;
    }
}
