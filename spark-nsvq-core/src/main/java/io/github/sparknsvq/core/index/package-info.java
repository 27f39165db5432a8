/**
 * API. Nearest-neighbor search over codes in inverted lists, in one JVM: {@link
 * io.github.sparknsvq.core.index.IvfIndex} searches, {@link io.github.sparknsvq.core.index.IvfQuantizer} says which
 * list and which code a vector gets, {@link io.github.sparknsvq.core.index.InvertedLists} holds codes and ids, and a
 * {@link io.github.sparknsvq.core.index.ListScanner} reads a query's distances from a list's codes.
 */
package io.github.sparknsvq.core.index;
