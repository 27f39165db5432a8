/**
 * Bringing streams and tables into an index: how far a source was read
 * ({@link io.github.sparknsvq.ml.ingest.SourcePosition}), which a commit of the index carries, and what is new in a
 * table since then.
 *
 * <p>{@code SourcePosition} is API; the other classes are used by other modules of spark-nsvq, and may change in any
 * release.
 */
package io.github.sparknsvq.ml.ingest;
