package io.github.sparknsvq.core.kernel.vector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of bytes, and the same as shorts: the widest whose bytes one instruction or a few can permute. 64 bytes
 * take AVX-512 VBMI, without which Java permutes them one by one.
 */
final class ByteLanes {
    static final VectorSpecies<Byte> BYTES = bytes();
    static final int LENGTH = BYTES.length();
    static final VectorSpecies<Short> SHORTS =
            LENGTH == 64 ? ShortVector.SPECIES_512 : LENGTH == 32 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    /** As many bits of floats. */
    static final VectorSpecies<Float> FLOATS =
            LENGTH == 64 ? FloatVector.SPECIES_512 : LENGTH == 32 ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;

    private ByteLanes() {}

    private static VectorSpecies<Byte> bytes() {
        int preferred = ByteVector.SPECIES_PREFERRED.length();
        if (preferred >= 64 && permutesWideVectors()) {
            return ByteVector.SPECIES_512;
        }
        return preferred >= 32 ? ByteVector.SPECIES_256 : ByteVector.SPECIES_128;
    }

    /** Java does not say; other systems than Linux do without. */
    private static boolean permutesWideVectors() {
        Path cpus = Path.of("/proc/cpuinfo");
        try {
            return Files.isReadable(cpus)
                    && Files.readString(cpus, StandardCharsets.ISO_8859_1).contains(" avx512vbmi ");
        } catch (IOException e) {
            return false;
        }
    }
}
