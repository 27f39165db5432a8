/**
 * Codebook training: one loop for every update rule. Each step asks a {@link
 * io.github.sparknsvq.core.training.rows.StatisticsSource} for three numbers per codeword, and a rule turns them into new
 * codewords.
 */
package io.github.sparknsvq.core.training;
