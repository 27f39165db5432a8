/**
 * What to do with an index, from measurements: {@link io.github.sparknsvq.ml.advice.HealthCheck} says whether one is
 * still as good as it was, {@link io.github.sparknsvq.ml.advice.IndexTuner} which settings a new one should have.
 */
package io.github.sparknsvq.ml.advice;
