package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.io.LocalFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Whole index files on the local file system. */
public final class FaissFiles {
    private FaissFiles() {}

    /**
     * Reads an index with its codes and ids.
     *
     * @param file what faiss's {@code write_index} or {@link #write} wrote
     * @return the whole index
     * @throws CorruptFileException if the file is no such index, is truncated or contradicts itself
     * @throws NsvqException if the file cannot be read or holds an index of a kind that {@link FaissReader} does not read
     */
    public static FaissContent read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                FaissReader reader = new FaissReader(in, Files.size(file), file.toString())) {
            return reader.readAll();
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /**
     * Opens an index file for search; its codes and ids stay there: see {@link #map}.
     *
     * @param file what faiss's {@code write_index} or this class wrote
     * @return the index; to be closed
     * @throws CorruptFileException if the file is no index, is truncated or contradicts itself
     * @throws NsvqException if the file cannot be read or holds an index of a kind that is not read
     */
    public static IvfIndex open(Path file) {
        MappedIndex mapped = map(file);
        return new IvfIndex(mapped.quantizer(), mapped.lists(), mapped.probes());
    }

    /**
     * Opens the parts of an index file. Codes and ids stay in the file, which is mapped into memory and should not change or
     * become shorter while it is open; only codebooks, centroids and where lists lie are kept on the heap, about 20 bytes
     * for a list.
     *
     * <p>Opened are inverted-file indexes of vectors ({@code IwFl}) and of product ({@code IwPQ}, {@code IwPf}) and additive
     * codes ({@code IwRQ}, {@code IwLS}) whose centroids are in a flat index, and indexes without inverted lists of the same
     * kinds ({@code IxF2}, {@code IxFI}, {@code IxPq}, {@code IPfs}, {@code IxRq}, {@code IxLS}), which become one list;
     * each with transforms ({@code IxPT}) and a map of ids ({@code IxMp}, {@code IxM2}) around it. Codes of sums lie in
     * {@link io.github.sparknsvq.core.index.NormFormat}, whatever norms the file has.
     *
     * @param file what faiss's {@code write_index} or {@link #write(Path, IvfQuantizer, InvertedLists, int)} wrote
     * @return the index; to be closed
     * @throws CorruptFileException if the file is no index, is truncated or contradicts itself
     * @throws NsvqException if the file cannot be read or holds an index of another kind
     */
    public static MappedIndex map(Path file) {
        return map(file, MappedFile.SEGMENT_BITS);
    }

    /** As above, with segments of another size: tests have lists that straddle their borders. */
    static MappedIndex map(Path file, int segmentBits) {
        try {
            return MappedIndexParser.parse(MappedFile.open(file, segmentBits));
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /**
     * Writes an index, whole or not at all.
     *
     * @param file must not exist
     * @param content the index with its codes and ids
     * @throws NsvqException if faiss has no index for it, there are more or fewer codes or ids than there should be, or the
     *     file exists already or cannot be written
     */
    public static void write(Path file, FaissContent content) {
        FaissIndex index = content.index();
        int codeSize = index.quantizer().codeSize();
        if (index.count() > Integer.MAX_VALUE || content.codes().length != index.count() * codeSize) {
            throw new NsvqException("cannot write " + file + ": " + content.codes().length + " bytes are not the "
                    + index.count() + " codes of " + codeSize + " bytes that the index has");
        }
        int ids = content.ids() == null ? 0 : content.ids().length;
        if (ids != (index.hasIds() ? index.count() : 0)) {
            throw new NsvqException("cannot write " + file + ": there are " + ids + " ids for " + index.count()
                    + " codes, of an index " + (index.hasIds() ? "with" : "without") + " ids");
        }
        FaissWriter writer = new FaissWriter(index);
        LocalFiles.write(file, out -> {
            writer.writeHeader(out);
            writer.writeCodes(content.codes(), 0, (int) index.count(), out);
            writer.writeTrailer(out);
            if (index.hasIds()) {
                writer.writeIds(content.ids(), 0, ids, out);
            }
        });
    }

    /**
     * Writes an inverted-file index, whole or not at all.
     *
     * @param file must not exist
     * @param quantizer of the index
     * @param lists its lists; codes in blocks of 32 are written as such, for faiss's fast scan
     * @param probes how many lists a search with the file looks at unless it is told otherwise, at least 1
     * @throws NsvqException if faiss has no index for it, there are other lists than the quantizer has, or the file exists
     *     already or cannot be written
     */
    public static void write(Path file, IvfQuantizer quantizer, InvertedLists lists, int probes) {
        int[] sizes = new int[lists.lists()];
        Arrays.setAll(sizes, lists::size);
        boolean blocks = lists.format() instanceof BlockFormat;
        FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes, probes);
        LocalFiles.write(file, out -> {
            writer.writeHeader(out);
            for (int list = 0; list < sizes.length; list++) {
                writer.writeList(lists, list, out);
            }
        });
    }
}
