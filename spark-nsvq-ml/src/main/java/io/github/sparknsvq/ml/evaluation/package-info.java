/**
 * How well codes and indexes find the true nearest neighbors of queries, counted on the executors.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.evaluation;
