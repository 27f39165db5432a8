/**
 * What training reads: blocks of packed rows, which of them a step sees, and the statistics per codeword (count, sum
 * of targets, squared error) that tasks on a {@link io.github.sparknsvq.core.training.rows.StatisticsSource} give.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.rows;
