package io.github.sparknsvq.ml.saving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.FileChecksum;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A JSON object in a file, whose last field is the CRC-32C of all bytes before that field: no bit of the file can
 * change unnoticed.
 *
 * @param json the object
 * @param crc32c of the whole file, the checksum in it included
 */
public record ChecksummedJson(JsonNode json, String crc32c) {
    private static final int FORMAT_VERSION = 1;
    private static final String VERSION_KEY = "formatVersion";

    /** Returns an object with the format version, which {@link #write} takes. */
    public static ObjectNode create() {
        return new ObjectMapper().createObjectNode().put(VERSION_KEY, FORMAT_VERSION);
    }

    private static byte[] tail(byte[] bytes, int length) {
        String crc = FileChecksum.of(bytes, 0, length).crc32c();
        return (",\"crc32c\":\"" + crc + "\"}\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes a file that is not there yet.
     *
     * @param object what {@link #create} made
     * @return the CRC-32C of the file
     */
    public static String write(FileSystem files, Path path, ObjectNode object) throws IOException {
        String text = object.toString();
        byte[] head = text.substring(0, text.length() - 1).getBytes(StandardCharsets.UTF_8);
        byte[] tail = tail(head, head.length);
        byte[] bytes = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, bytes, head.length, tail.length);
        try (OutputStream out = files.create(path, false)) {
            out.write(bytes);
        }
        return FileChecksum.of(bytes, 0, bytes.length).crc32c();
    }

    /**
     * Reads a file.
     *
     * @throws FileNotFoundException if it is not there
     * @throws NsvqException if it cannot be read, is damaged, or has another format version
     */
    public static ChecksummedJson read(FileSystem files, Path path) throws FileNotFoundException {
        byte[] bytes;
        JsonNode json;
        try (InputStream in = files.open(path)) {
            bytes = in.readAllBytes();
            int head = bytes.length - tail(bytes, 0).length;
            NsvqException.unless(
                    head > 0 && Arrays.equals(tail(bytes, head), Arrays.copyOfRange(bytes, head, bytes.length)),
                    path + " is damaged: its content and the checksum at its end differ");
            json = new ObjectMapper().readTree(bytes);
        } catch (FileNotFoundException e) {
            throw e;
        } catch (IOException e) { // of Hadoop's own checksums, too
            throw new NsvqException(path + " is damaged or cannot be read: " + Reason.of(e), e);
        }
        int version = json.path(VERSION_KEY).asInt();
        NsvqException.unless(
                version == FORMAT_VERSION,
                path + " has format version " + version + ", this release reads " + FORMAT_VERSION);
        return new ChecksummedJson(json, FileChecksum.of(bytes, 0, bytes.length).crc32c());
    }
}
