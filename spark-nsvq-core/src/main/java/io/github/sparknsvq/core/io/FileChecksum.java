package io.github.sparknsvq.core.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * What a file's content is known by: its CRC-32C (RFC 3720, appendix B.4) and its length.
 *
 * @param crc32c 8 hexadecimal digits in lower case
 * @param length bytes
 */
public record FileChecksum(String crc32c, long length) {
    /** What the name of a file that holds another one's checksum ends with. */
    public static final String SUFFIX = ".crc32c";

    private static final int BUFFER_BYTES = 1 << 18;
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{8})  ([^\\n]+)\\n?");

    /**
     * Reads a stream to its end.
     *
     * @throws IOException if the stream fails
     */
    public static FileChecksum of(InputStream in) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[BUFFER_BYTES];
        long length = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            crc.update(buffer, 0, n);
            length += n;
        }
        return new FileChecksum(hex(crc), length);
    }

    /**
     * Reads a file of the local file system.
     *
     * @throws io.github.sparknsvq.core.NsvqException if it cannot be read
     */
    public static FileChecksum of(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in);
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /** Returns the checksum of bytes. */
    public static FileChecksum of(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        return new FileChecksum(hex(crc), count);
    }

    private static String hex(CRC32C crc) {
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /** Returns the line that checksum tools write of a file: the checksum, two spaces, the file's name. */
    public String line(String name) {
        return crc32c + "  " + name + "\n";
    }

    /**
     * Reads such a line. The name in it says nothing of where the file is now: it may have been renamed since.
     *
     * @param text what a side file holds
     * @param sideFile its path, for messages
     * @return the checksum, in lower case
     * @throws CorruptFileException if it is no such line
     */
    public static String parse(String text, String sideFile) {
        Matcher line = LINE.matcher(text);
        CorruptFileException.unless(
                line.matches(),
                sideFile,
                0,
                "it should hold one line: 8 hexadecimal digits, two spaces, the name of the file");
        return line.group(1).toLowerCase(Locale.ROOT);
    }
}
