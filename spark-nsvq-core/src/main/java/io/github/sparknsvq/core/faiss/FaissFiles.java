package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.index.SpilledLists;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.io.LocalFiles;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Index files: reads, writes and opens them whole on the local file system, and says what a file anywhere holds. */
public final class FaissFiles {
    /** Kinds of indexes that are nothing but a quantizer and its codes. */
    private static final List<String> CODES_ALONE = List.of("IxPq", "IxRq", "IxLS", "IxSQ");

    /** Candidates for each neighbor where vectors are in a file of their own. */
    static final float BESIDE_FACTOR = 10;

    /** Bytes of codes that are read at a time. */
    private static final int BLOCK_BYTES = 1 << 20;

    private FaissFiles() {}

    /**
     * Reads an index with its codes and ids.
     *
     * <p>Read are {@code IndexPQ}, {@code IndexScalarQuantizer}, {@code IndexResidualQuantizer} and {@code
     * IndexLocalSearchQuantizer} (as product, scalar, residual and additive quantizers), each in an {@code
     * IndexPreTransform} with one rotation and in an {@code IndexIDMap} or {@code IndexIDMap2}, or in both. Codebooks
     * of product quantizers have 4 to 16 bits, others 1 to 16; search types are 0 to 5. Norms that are stored beside
     * codes are left out, as they follow from the codes. Bytes after the index, of which faiss takes no notice, are
     * an error.
     *
     * @param file what faiss's {@code write_index} or {@link #write} wrote
     * @return the whole index
     * @throws CorruptFileException if the file is no index, is truncated, too long or contradicts itself
     * @throws NsvqException if the file cannot be read, holds an index of another kind, or its codes do not fit one
     *     array
     */
    public static FaissContent read(Path file) {
        try {
            return read(MappedFile.open(file, MappedFile.SEGMENT_BITS));
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    static FaissContent read(MappedFile file) throws IOException {
        FaissInput in = file.input();
        ParsedIndex parsed = IndexParser.parse(in);
        in.checkSupported(parsed.refined() == null, "vectors to rank by beside codes (IndexRefine)", "codes alone");
        Quantizer quantizer = quantizer(parsed, in);
        int codeSize = quantizer.codeSize();
        in.checkSupported(
                parsed.count() <= (Integer.MAX_VALUE - 8) / codeSize,
                parsed.count() + " codes of " + codeSize + " bytes",
                "what fits one array");
        int count = (int) parsed.count();
        StoredCodes stored = parsed.body().codes();
        byte[] codes = new byte[count * codeSize];
        byte[] block = new byte[Math.min(count, Math.max(1, BLOCK_BYTES / stored.size())) * stored.size()];
        long start = parsed.body().extents().codes()[0];
        for (int from = 0; from < count; from += block.length / stored.size()) {
            int n = Math.min(block.length / stored.size(), count - from);
            file.read(start + (long) from * stored.size(), block, 0, n * stored.size());
            stored.strip(block, n, codes, from * codeSize);
        }
        long[] ids = null;
        if (parsed.hasMap()) {
            ids = new long[count];
            file.read(parsed.idMap(), ids, count);
        }
        file.checkUnchanged();
        FaissIndex index = new FaissIndex(quantizer, parsed.body().header().metricOf(), count, parsed.hasMap());
        return new FaissContent(index, codes, ids);
    }

    /** The quantizer of an index that is nothing but a quantizer and its codes. */
    private static Quantizer quantizer(ParsedIndex parsed, FaissInput in) {
        in.checkSupported(
                CODES_ALONE.contains(parsed.type()),
                "an index of type '" + parsed.type() + "'",
                String.join(", ", CODES_ALONE) + ", and around them IxPT, IxMp, IxM2");
        List<VectorTransform> transforms = parsed.transforms();
        Quantizer inner = parsed.body().codes().quantizer();
        if (transforms.isEmpty()) {
            return inner;
        }
        if (transforms.size() > 1 || !(transforms.get(0) instanceof Rotation rotation)) {
            throw in.unsupported(
                    transforms.size() > 1
                            ? "a chain of " + transforms.size() + " transforms"
                            : "a transform that is no rotation",
                    "one rotation");
        }
        return new RotatedQuantizer(rotation, inner);
    }

    /**
     * Reads what an index is, but for its codes and ids.
     *
     * @param file an index of any of the kinds that {@link #map} opens
     * @throws CorruptFileException if the file is no index, is truncated, too long or contradicts itself
     * @throws NsvqException if the file cannot be read or holds an index of a kind that is not read
     */
    public static FaissOutline outline(Path file) {
        try {
            FaissInput in = MappedFile.open(file, MappedFile.SEGMENT_BITS).input();
            return IndexParser.parse(in).outline(in);
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /**
     * As above, of a file that need not be on the local file system.
     *
     * @param stream stands at the first byte of the file; codes are skipped, not read
     * @param length of the file, in bytes
     * @param file path or URI of the file, for messages
     * @throws CorruptFileException if the file is no index, is truncated, too long or contradicts itself
     * @throws NsvqException if the file holds an index of a kind that is not read
     * @throws IOException if the stream fails
     */
    public static FaissOutline outline(InputStream stream, long length, String file) throws IOException {
        FaissInput in = new FaissInput(stream, length, file);
        return IndexParser.parse(in).outline(in);
    }

    /**
     * Opens an index file for search; its codes and ids stay there: see {@link #map}.
     *
     * @param file what faiss's {@code write_index} or this class wrote
     * @return the index; to be closed
     * @throws CorruptFileException if the file is no index, is truncated, too long or contradicts itself
     * @throws NsvqException if the file cannot be read or holds an index of a kind that is not read
     */
    public static IvfIndex open(Path file) {
        MappedIndex mapped = map(file);
        return new IvfIndex(mapped.quantizer(), mapped.lists(), mapped.probes(), mapped.refinement());
    }

    /**
     * Opens an index file for search, and vectors in a file beside it that rank again what its codes find. The vector
     * whose id is {@code i} in the index is row {@code i} of the vectors, from 0 on; where the index file has a map
     * of ids, {@code i} is the place in that map. So both files may be written by whoever has the vectors in one
     * order: ids of the index are then positions in the vector file. Vectors are as users have them; where the index
     * compares cosines, their lengths do not matter.
     *
     * @param codes an index file of inverted lists, without vectors to rank by
     * @param vectors float32 vectors of an {@code .fvecs} or {@code .npy} file, bytes of {@code .bvecs} or {@code
     *     .npy}, or an index file of FAISS that has nothing but flat vectors or scalar codes ({@code IxF2}, {@code
     *     IxFI}, {@code IxSQ}); at least as many as the index counts
     * @return the index; to be closed. Searches take {@value #BESIDE_FACTOR} candidates for each neighbor unless they
     *     are told otherwise
     * @throws CorruptFileException if a file makes no sense
     * @throws NsvqException if a file cannot be read, the vectors are stored in another way, are too few or of
     *     another dimension, or the index has vectors to rank by itself
     */
    public static IvfIndex open(Path codes, Path vectors) {
        try {
            return VectorsBeside.open(codes, vectors);
        } catch (IOException e) {
            throw LocalFiles.cannotRead(vectors, e);
        }
    }

    /**
     * Opens the parts of an index file. Codes and ids stay in the file, which is mapped into memory; only codebooks,
     * centroids and where lists lie are kept on the heap, about 20 bytes for a list. The file must not be changed or
     * become shorter while it is open: searches then end with an {@link NsvqException}. It may be deleted, or another
     * be renamed to its name.
     *
     * <p>Opened are inverted-file indexes of vectors ({@code IwFl}) and of product ({@code IwPQ}, {@code IwPf}),
     * scalar ({@code IwSq}) and additive codes ({@code IwRQ}, {@code IwLS}) whose centroids are in a flat index, or
     * in one in an {@code IHNf}, and are compared one and all by its metric. Lists may hold fewer vectors than the
     * index counts, as faiss puts those with NaN into none. Opened are, too, indexes without inverted lists of the
     * same kinds ({@code IxF2}, {@code IxFI}, {@code IxPq}, {@code IPfs}, {@code IxSQ}, {@code IxRq}, {@code IxLS}),
     * which become one list. Around each may be transforms ({@code IxPT}), a map of ids ({@code IxMp}, {@code IxM2})
     * and, inside of that map, vectors that rank again what the codes find ({@code IxRF}): flat ones or scalar codes.
     * Blocks of {@code IwPf} and {@code IPfs} of any multiple of 32 are read as blocks of 32. Codes of sums lie in
     * {@link io.github.sparknsvq.core.index.NormFormat}, whatever norms the file has.
     *
     * @param file what faiss's {@code write_index} or {@link #write(Path, IvfQuantizer, InvertedLists, int)} wrote
     * @return the index; to be closed
     * @throws CorruptFileException if the file is no index, is truncated, too long or contradicts itself
     * @throws NsvqException if the file cannot be read, holds an index of another kind, or one that measures
     *     distances without norms ({@code ST_LUT_nonorm}, under L2)
     */
    public static MappedIndex map(Path file) {
        return map(file, MappedFile.SEGMENT_BITS);
    }

    /** As above, with segments of another size: tests have lists that straddle their borders. */
    static MappedIndex map(Path file, int segmentBits) {
        try {
            MappedFile mapped = MappedFile.open(file, segmentBits);
            FaissInput in = mapped.input();
            ParsedIndex parsed = IndexParser.parse(in);
            int probes = parsed.body().coarse().probes();
            MappedLists lists = new MappedLists(mapped, parsed);
            ParsedRefinement by = parsed.refined();
            Refinement refinement = by == null
                    ? null
                    : new Refinement(MappedVectors.inside(mapped, lists, by), by.transforms(), by.factor());
            return new MappedIndex(parsed.searched(in), lists, probes, parsed.type(), parsed.count(), refinement);
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /**
     * Writes an index, whole or not at all.
     *
     * @param file must not exist
     * @param content the index with its codes and ids
     * @throws NsvqException if faiss has no index for it, there are more or fewer codes or ids than there should be,
     *     or the file exists already or cannot be written
     */
    public static void write(Path file, FaissContent content) {
        FaissIndex index = content.index();
        int codeSize = index.quantizer().codeSize();
        NsvqException.unless(
                index.count() <= Integer.MAX_VALUE && content.codes().length == index.count() * codeSize,
                "cannot write " + file + ": " + content.codes().length + " bytes are not the " + index.count()
                        + " codes of " + codeSize + " bytes that the index has");
        int ids = content.ids() == null ? 0 : content.ids().length;
        NsvqException.unless(
                ids == (index.hasIds() ? index.count() : 0),
                "cannot write " + file + ": there are " + ids + " ids for " + index.count() + " codes, of an index "
                        + (index.hasIds() ? "with" : "without") + " ids");
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
     * Writes an index that was opened anew, whole or not at all, with what ranks its candidates again: as an
     * inverted-file index, if of one list.
     *
     * @param file must not exist
     * @param index open
     * @throws NsvqException if faiss has no index for it, or the file exists already or cannot be written
     */
    public static void write(Path file, MappedIndex index) {
        if (index.refinement() == null) {
            write(file, index.quantizer(), index.lists(), index.probes());
        } else {
            RefineWriter writer = new RefineWriter(index, false);
            LocalFiles.write(file, writer::write);
        }
    }

    /**
     * Writes an index that was opened anew, whole or not at all, with each vector in a second list, too, which {@link
     * SpilledLists} chooses by the vectors that candidates are ranked by: searches reach the same recall with fewer
     * codes looked at where data are like texts' embeddings. What such a file is for is {@link #open}: it finds each
     * vector once, where faiss, which reads the file, gives those twice that it finds in both lists.
     *
     * @param file must not exist
     * @param index open, with vectors to rank by; each vector in one list
     * @throws NsvqException if the index has one list alone, or no vectors to rank by, the vectors are in two lists
     *     already, or some in none, or the file exists already or cannot be written
     */
    public static void writeSpilled(Path file, MappedIndex index) {
        NsvqException.unless(
                index.refinement() != null,
                "second lists are chosen by the vectors themselves, and the index has none to rank by");
        RefineWriter writer = new RefineWriter(index, true);
        LocalFiles.write(file, writer::write);
    }

    /**
     * Writes an inverted-file index, whole or not at all.
     *
     * @param file must not exist
     * @param quantizer of the index
     * @param lists its lists; codes in blocks of 32 are written as such, for faiss's fast scan
     * @param probes how many lists a search with the file looks at unless it is told otherwise, at least 1
     * @throws NsvqException if faiss has no index for it, there are other lists than the quantizer has, the lists are
     *     of a file whose candidates are ranked again, or the file exists already or cannot be written
     */
    public static void write(Path file, IvfQuantizer quantizer, InvertedLists lists, int probes) {
        NsvqException.unless(
                !(lists instanceof MappedLists mapped && mapped.isRefined()),
                "cannot write " + file + ": the vectors that candidates are ranked by would be left out; write(file,"
                        + " index) of the whole index keeps them");
        int[] sizes = new int[lists.lists()];
        Arrays.setAll(sizes, lists::size);
        boolean blocks = lists.format() instanceof BlockFormat;
        FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes, probes, lists.vectors());
        LocalFiles.write(file, out -> {
            writer.writeHeader(out);
            for (int list = 0; list < sizes.length; list++) {
                writer.writeList(lists, list, out);
            }
            lists.checkUnchanged();
        });
    }
}
