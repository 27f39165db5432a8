package io.github.sparknsvq.ml.saving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.FileChecksum;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * What a manifest says of a file.
 *
 * @param name path relative to the directory that the manifest is of
 * @param length bytes
 * @param rows of a Parquet file; {@value #UNKNOWN} of others, and where nobody counted
 * @param ids that a file of lists holds; {@value #UNKNOWN} of others, and where nobody counted
 * @param crc32c 8 hexadecimal digits; null where nobody computed it
 */
public record SavedFile(String name, long length, long rows, long ids, String crc32c) implements Serializable {
    /** Stands for a number that is not known. */
    public static final int UNKNOWN = -1;

    /** Returns what is known of a file without reading it. */
    public static SavedFile unread(String name, long length) {
        return new SavedFile(name, length, UNKNOWN, UNKNOWN, null);
    }

    /**
     * Reads a file and says what it is.
     *
     * @param root of the manifest
     * @param name of the file in it
     * @param counted a column of the file, as Parquet names it, whose values are its ids; null for none
     */
    static SavedFile measure(Path root, String name, String counted, Configuration configuration) throws IOException {
        Path path = new Path(root, name);
        FileSystem files = path.getFileSystem(configuration);
        FileChecksum sum = checksum(files, path);
        if (!name.endsWith(".parquet")) {
            return new SavedFile(name, sum.length(), UNKNOWN, UNKNOWN, sum.crc32c());
        }
        long rows = 0;
        long ids = 0;
        ParquetMetadata footer = ParquetFooters.read(HadoopInputFile.fromPath(path, configuration));
        for (BlockMetaData block : footer.getBlocks()) {
            rows += block.getRowCount();
            for (ColumnChunkMetaData column : block.getColumns()) {
                if (column.getPath().toDotString().equals(counted)) {
                    ids += column.getValueCount()
                            - Math.max(0, column.getStatistics().getNumNulls());
                }
            }
        }
        return new SavedFile(name, sum.length(), rows, counted == null ? UNKNOWN : ids, sum.crc32c());
    }

    private static FileChecksum checksum(FileSystem files, Path path) throws IOException {
        try (InputStream in = files.open(path)) {
            return FileChecksum.of(in);
        }
    }

    /**
     * Compares a file's length with what was written.
     *
     * @param found the file
     * @throws NsvqException if it is another
     */
    public void checkLength(FileStatus found) {
        NsvqException.unless(
                found.getLen() == length,
                found.getPath() + " is damaged: it has " + found.getLen() + " bytes, and had " + length
                        + " when it was written");
    }

    /**
     * Reads a file and compares its length and checksum with what was written.
     *
     * @throws NsvqException if they differ, or it cannot be read
     */
    public void checkContent(FileSystem files, Path path) {
        FileChecksum sum;
        try {
            sum = checksum(files, path);
        } catch (IOException e) { // of Hadoop's own checksums, too
            throw new NsvqException(path + " is damaged or cannot be read: " + Reason.of(e), e);
        }
        NsvqException.unless(
                sum.length() == length,
                path + " is damaged: it has " + sum.length() + " bytes, and had " + length + " when it was written");
        NsvqException.unless(
                crc32c == null || sum.crc32c().equals(crc32c),
                path + " is damaged: its CRC-32C is " + sum.crc32c() + ", and was " + crc32c + " when it was saved");
    }

    /** Returns files as JSON. */
    public static ArrayNode toJson(List<SavedFile> files) {
        ArrayNode array = ChecksummedJson.create().putArray("files");
        for (SavedFile file : files) {
            var node = array.addObject().put("name", file.name()).put("length", file.length());
            if (file.rows() != UNKNOWN) {
                node.put("rows", file.rows());
            }
            if (file.ids() != UNKNOWN) {
                node.put("ids", file.ids());
            }
            if (file.crc32c() != null) {
                node.put("crc32c", file.crc32c());
            }
        }
        return array;
    }

    /** The inverse of {@link #toJson}. */
    public static List<SavedFile> fromJson(JsonNode array) {
        List<SavedFile> files = new ArrayList<>();
        for (JsonNode node : array) {
            files.add(new SavedFile(
                    node.path("name").asText(),
                    node.path("length").asLong(),
                    node.path("rows").asLong(UNKNOWN),
                    node.path("ids").asLong(UNKNOWN),
                    node.has("crc32c") ? node.get("crc32c").asText() : null));
        }
        return files;
    }
}
