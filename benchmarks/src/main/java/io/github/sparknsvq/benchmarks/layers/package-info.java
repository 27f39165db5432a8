/** Layers of spark-nsvq beside those of other frameworks. */
package io.github.sparknsvq.benchmarks.layers;
