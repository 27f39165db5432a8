package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.List;

/**
 * A trained curve and how it was trained.
 *
 * @param corners {@code K x D} corners
 * @param statistics of each of the {@code K - 1} segments, from the exact projection of all rows
 * @param history the passes
 */
public record CurveResult(FloatMatrix corners, CodebookStatistics statistics, List<PassRecord> history) {}
