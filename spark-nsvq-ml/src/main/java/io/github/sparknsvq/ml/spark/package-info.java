/**
 * Spark's internals, called from here alone: internal rows, query plans, the device that Spark gave a task; and
 * helpers of tasks: values serialized as Java does, iterators that make their elements when asked.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.spark;
