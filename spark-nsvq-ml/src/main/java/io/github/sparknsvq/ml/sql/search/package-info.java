/**
 * The operator of Spark's plans that searches an index.
 *
 * <p>Not API: used by other packages of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.sql.search;
