/** Vector quantization for one JVM: kernels, quantizers, training and indexes. Knows nothing of Spark. */
package io.github.sparknsvq.core;
