/**
 * Codebook training: one loop for every update rule. Each step asks a {@link
 * io.github.sparknsvq.core.training.rows.StatisticsSource} for three numbers per codeword, and a rule turns them into
 * new codewords.
 *
 * <p>API are what users of the stages meet: {@link io.github.sparknsvq.core.training.TrainingListener}, {@link
 * io.github.sparknsvq.core.training.PassRecord}, and the names of {@link io.github.sparknsvq.core.training.Updater},
 * {@link io.github.sparknsvq.core.training.Reseeding} and {@link io.github.sparknsvq.core.training.InitMode}. The
 * rest is not API: other modules of spark-nsvq use it, and it may change in any release.
 */
package io.github.sparknsvq.core.training;
