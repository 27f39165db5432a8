/** The params that stages share, each with its doc, its default and what values it takes. */
package io.github.sparknsvq.ml.param;
