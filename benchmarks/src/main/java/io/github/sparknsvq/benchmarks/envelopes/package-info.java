/** Spectral envelopes of speech, quantized in all the ways that the papers compare. */
package io.github.sparknsvq.benchmarks.envelopes;
