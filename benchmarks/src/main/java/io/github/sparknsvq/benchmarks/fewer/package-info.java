/** Searches that scan fewer rows for the same recall. */
package io.github.sparknsvq.benchmarks.fewer;
