/**
 * Quantizers of several codebooks beside what Vali and Bäckström published of them (Stochastic optimization of vector
 * quantization methods in application to speech and image processing, ICASSP 2023).
 */
package io.github.sparknsvq.benchmarks.codebooks;
