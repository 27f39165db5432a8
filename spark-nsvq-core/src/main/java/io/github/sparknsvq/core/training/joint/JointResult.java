package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.PassRecord;
import java.util.List;

/**
 * Codebooks trained jointly and how they were trained.
 *
 * @param codebooks the codebooks, {@code K_m x D}
 * @param statistics the statistics of all rows, encoded with the full beam
 * @param history the rounds; their errors are those of the codewords as they met the rows, by codes that noise may
 *     have changed
 */
public record JointResult(List<FloatMatrix> codebooks, CooccurrenceStatistics statistics, List<PassRecord> history) {}
