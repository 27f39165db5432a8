/**
 * Vector quantization as a layer of a network, for the Deep Java Library (DJL): {@link
 * io.github.sparknsvq.djl.QuantizerBlock}, and {@link io.github.sparknsvq.djl.CodebookAdam}, an optimizer that can
 * forget what it knows of replaced codewords. The layer's codewords come from codebooks that were trained elsewhere,
 * such as in Spark, and go back there.
 */
package io.github.sparknsvq.djl;
