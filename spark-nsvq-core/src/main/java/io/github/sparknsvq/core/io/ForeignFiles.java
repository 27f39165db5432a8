package io.github.sparknsvq.core.io;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Files that hold vectors in a wrapping that is not read: archives of arrays, and compressed files. */
final class ForeignFiles {
    private static final String ADVICE = ": decompress it first, vector files are read in place";

    /** What a kind of file starts with, and what its name ends in. */
    @SuppressWarnings("ArrayRecordComponent") // one of each, never compared by content
    private record Kind(String name, String suffix, int... magic) {
        boolean starts(byte[] head) {
            return head.length >= magic.length
                    && Arrays.equals(
                            magic,
                            IntStream.range(0, magic.length)
                                    .map(i -> Byte.toUnsignedInt(head[i]))
                                    .toArray());
        }
    }

    private static final Kind ZIP = new Kind("zip", ".zip", 'P', 'K', 3, 4);
    private static final List<Kind> KINDS = List.of(
            ZIP,
            new Kind("gzip", ".gz", 0x1F, 0x8B),
            new Kind("bzip2", ".bz2", 'B', 'Z', 'h'),
            new Kind("xz", ".xz", 0xFD, '7', 'z', 'X'),
            new Kind("zstd", ".zst", 0x28, 0xB5, 0x2F, 0xFD),
            new Kind("lz4", ".lz4", 0x04, 0x22, 0x4D, 0x18));

    private ForeignFiles() {}

    /** Refuses a file that starts as an archive or a compressed file does. */
    static void checkHead(String file, byte[] head) {
        for (Kind kind : KINDS) {
            NsvqException.unless(!kind.starts(head), file + describe(kind));
        }
    }

    /** Refuses a name of an archive of arrays, or of a vector file that is compressed. */
    static void checkName(String file) {
        String lower = file.toLowerCase(Locale.ROOT);
        NsvqException.unless(!lower.endsWith(".npz"), file + describe(ZIP));
        for (Kind kind : KINDS) {
            boolean compressed = lower.endsWith(kind.suffix())
                    && Arrays.stream(VectorFileFormat.values())
                            .anyMatch(format -> format.matches(file.substring(
                                    0, file.length() - kind.suffix().length())));
            NsvqException.unless(!compressed, file + describe(kind));
        }
    }

    private static String describe(Kind kind) {
        return kind.name().equals(ZIP.name())
                ? " is a zip archive, as numpy's .npz are: save each array of it to an .npy file with numpy.save"
                : " is compressed with " + kind.name() + ADVICE;
    }
}
