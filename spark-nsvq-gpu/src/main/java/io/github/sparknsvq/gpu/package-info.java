/**
 * Nearest-codeword search on OpenCL devices, by kernels that Aparapi translates from Java.
 *
 * <p>Not API: core finds {@link io.github.sparknsvq.gpu.OpenClNearestCodewordProvider} by itself when the module is
 * on the classpath.
 */
package io.github.sparknsvq.gpu;
