/**
 * JMH benchmarks of the kernels; the scripts beside this module compare them with other libraries. A class that
 * measures what is package-private, as {@code ResidentSearch} does, is in the package of what it measures.
 *
 * <p>Not API: nothing but the benchmarks uses it.
 */
package io.github.sparknsvq.benchmarks;
