/** Vector quantization for one JVM: kernels, quantizers, training and indexes. Knows nothing of Spark. API. */
package io.github.sparknsvq.core;
