/** JMH benchmarks of the kernels; the scripts beside this module set them against their peers. */
package io.github.sparknsvq.benchmarks;
