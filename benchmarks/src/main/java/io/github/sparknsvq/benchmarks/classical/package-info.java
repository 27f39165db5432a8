/** Classical references beside trained codebooks: lattices, and what entropy coders make of codes. */
package io.github.sparknsvq.benchmarks.classical;
