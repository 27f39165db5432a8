/**
 * The one way to what Spark keeps private: internal rows, query plans, broadcasts of plain objects, the device that Spark gave a task.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.spark;
