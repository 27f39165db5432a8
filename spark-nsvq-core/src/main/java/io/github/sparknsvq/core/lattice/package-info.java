/**
 * API. Lattices as quantizers, the classical reference beside trained codebooks: {@link
 * io.github.sparknsvq.core.lattice.Lattice} finds nearest points, {@link
 * io.github.sparknsvq.core.lattice.LatticeQuantizer} quantizes rows with a scale that may be chosen for a rate. Points
 * have integer coordinates, of which an entropy coder or an enumeration makes codes.
 */
package io.github.sparknsvq.core.lattice;
