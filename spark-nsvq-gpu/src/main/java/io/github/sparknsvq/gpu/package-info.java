/** Nearest-codeword search on OpenCL devices, by kernels that Aparapi translates from Java. */
package io.github.sparknsvq.gpu;
