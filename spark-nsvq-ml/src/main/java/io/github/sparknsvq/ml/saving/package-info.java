/**
 * How stages are saved and loaded: metadata beside Parquet, written whole or not at all.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.saving;
