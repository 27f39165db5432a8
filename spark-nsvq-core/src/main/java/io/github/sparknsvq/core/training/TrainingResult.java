package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.List;

/**
 * A trained codebook and how it was trained.
 *
 * @param codebook {@code K x D} codewords
 * @param statistics counts and errors of all rows against it
 * @param history the passes
 */
public record TrainingResult(FloatMatrix codebook, CodebookStatistics statistics, List<PassRecord> history) {}
