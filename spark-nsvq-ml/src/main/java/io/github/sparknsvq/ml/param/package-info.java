/**
 * The params that stages share, each with its doc, its default and what values it takes.
 *
 * <p>The accessors and setters that stages inherit from here are API; what makes and checks params, {@link
 * io.github.sparknsvq.ml.param.ParamSet} and {@link io.github.sparknsvq.ml.param.Checks}, is not.
 */
package io.github.sparknsvq.ml.param;
