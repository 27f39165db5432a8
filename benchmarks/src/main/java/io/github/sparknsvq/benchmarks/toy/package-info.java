/** The toy experiment of the NSVQ paper. */
package io.github.sparknsvq.benchmarks.toy;
