/**
 * The nearest-neighbor join of Spark 4.2 and later, {@code JOIN ... APPROX NEAREST k BY ...}, answered by an index.
 *
 * <p>Not API: used by other packages of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.sql.nearest;
