/**
 * Matrices of float32, rotations and other transforms of vectors, and dense solves on LAPACK and Breeze. API.
 */
package io.github.sparknsvq.core.linalg;
