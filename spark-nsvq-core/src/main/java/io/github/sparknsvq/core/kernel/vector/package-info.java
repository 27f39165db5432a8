/**
 * Kernels on the incubating Vector API. The only package that may import {@code jdk.incubator.vector}: it is
 * compiled apart from the rest, and loaded by name only after a check that the module is there.
 */
package io.github.sparknsvq.core.kernel.vector;
