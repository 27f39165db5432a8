/** One session that trains, encodes, builds and searches for an hour, and what it holds after each round. */
package io.github.sparknsvq.benchmarks.soak;
