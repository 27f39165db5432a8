/**
 * Vector quantization as Spark ML estimators and models.
 *
 * <p>This is the API for programs: stages, models, their summaries, evaluators and the export for FAISS. Of the
 * packages below, {@code ml.param} has the accessors of params and {@code ml.source} the data sources; the others are
 * no API.
 */
package io.github.sparknsvq.ml;
