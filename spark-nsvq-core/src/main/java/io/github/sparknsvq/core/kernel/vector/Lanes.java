package io.github.sparknsvq.core.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** The widest vectors of this machine. In a class of its own, so that the provider's guards run before they load. */
final class Lanes {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final int LENGTH = SPECIES.length();

    /**
     * Codewords that lie together in the packed codebook, and whose best is found before they compete with others.
     */
    static final int GROUP = 8;

    /** Whether there are 32 vector registers: AVX-512 and all 64-bit ARM. AVX2 has 16. */
    static final boolean MANY_REGISTERS =
            LENGTH >= 16 || System.getProperty("os.arch").equals("aarch64");

    private Lanes() {}
}
