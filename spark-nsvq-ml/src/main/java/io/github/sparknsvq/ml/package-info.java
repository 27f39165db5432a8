/** Vector quantization as Spark ML estimators and models. */
package io.github.sparknsvq.ml;
