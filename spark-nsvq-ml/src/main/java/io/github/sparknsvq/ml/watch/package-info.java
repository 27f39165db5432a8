/** What those who watch a cluster see of the work: labels of jobs, metrics, lines in the log. Not API. */
package io.github.sparknsvq.ml.watch;
