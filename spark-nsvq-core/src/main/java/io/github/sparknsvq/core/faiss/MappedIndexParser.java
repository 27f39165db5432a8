package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NormFormat;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Parses an index that is searched in its file: all of it but codes and ids. */
final class MappedIndexParser {
    /** As many as faiss takes, each in the one before. */
    private static final int MOST_NESTED = 50;

    private final MappedFile file;
    private final FaissInput in;

    private final List<VectorTransform> transforms = new ArrayList<>();

    /** Of the index that is parsed, or what it is to be. */
    private IndexHeader header;

    private boolean hasMap;
    private String type;

    // What an index without inverted lists has of them.
    private FloatMatrix centroids;
    private int probes = 1;
    private boolean byResidual;

    /** Null where there are the vectors themselves. */
    private QuantizerParser.Parsed parsed;

    private ListFormat format;
    private ListExtents extents;

    private MappedIndexParser(MappedFile file) {
        this.file = file;
        this.in = new FaissInput(file.stream(), file.length(), file.file().toString());
    }

    static MappedIndex parse(MappedFile file) throws IOException {
        MappedIndexParser parser = new MappedIndexParser(file);
        parser.parseNested();
        return parser.index();
    }

    private MappedIndex index() throws IOException {
        long idMap = MappedLists.NO_MAP;
        if (hasMap) {
            in.expectCount(header.count(), Long.BYTES, "ids");
            idMap = in.position();
        }
        if (centroids == null) {
            centroids = new FloatMatrix(1, header.dimension(), new float[header.dimension()]);
        }
        try {
            IvfQuantizer quantizer = new IvfQuantizer(
                    header.metricOf(), transforms, centroids, parsed == null ? null : parsed.quantizer(), byResidual);
            MappedLists lists = new MappedLists(file, extents, format, conversion(), idMap, header.count());
            return new MappedIndex(quantizer, lists, probes, type, header.count());
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    private StoredNorms conversion() {
        boolean same = parsed == null
                || !(format instanceof NormFormat)
                || parsed.form().normBits() == Float.SIZE;
        return same ? null : new StoredNorms(parsed.form(), (NormFormat) format, parsed.least(), parsed.greatest());
    }

    private void parseNested() throws IOException {
        for (int depth = 0; depth < MOST_NESTED; depth++) {
            long at = in.position();
            type = in.fourcc("the type of an index");
            switch (type) {
                case "IxMp", "IxM2" -> {
                    if (hasMap) {
                        throw in.corrupt(at, "ids of ids: there should be one map of ids at most");
                    }
                    parseHeader();
                    hasMap = true;
                }
                case "IxPT" -> {
                    parseHeader();
                    List<VectorTransform> chain = TransformParser.chain(in, header.dimension());
                    transforms.addAll(chain);
                    int d = chain.isEmpty()
                            ? header.dimension()
                            : chain.get(chain.size() - 1).outputDimension();
                    header = header.withDimension(d);
                }
                default -> {
                    parseInnermost(at);
                    return;
                }
            }
        }
        throw in.corrupt(in.position(), "more than " + MOST_NESTED + " indexes are nested in one another");
    }

    private void parseInnermost(long at) throws IOException {
        switch (type) {
            case "IxF2", "IxFI" -> parseFlat();
            case "IxPq", "IPfs" -> parseProduct();
            case "IxRq", "IxLS" -> parseSum();
            case "IwFl" -> {
                parseIvf();
                format = ListFormat.of(null, header.dimension());
                parseLists(header.dimension() * Float.BYTES);
            }
            case "IwPQ", "IwPf" -> parseIvfProduct();
            case "IwRQ", "IwLS" -> parseIvfSum();
            default -> {
                String supported = "IwFl, IwPQ, IwPf, IwRQ, IwLS, IxF2, IxFI, IxPq, IPfs, IxRq, IxLS, and around them"
                        + " IxPT, IxMp, IxM2";
                String name = FaissHeader.printable(type);
                throw type.startsWith("I")
                        ? in.unsupported("an index of type '" + name + "'", supported)
                        : in.corrupt(at, "an index of type '" + name + "' is not known: there are " + supported);
            }
        }
    }

    private void parseHeader() throws IOException {
        header = header == null ? IndexHeader.parse(in) : header.parseInner(in);
    }

    /** An index without inverted lists is one list. */
    private void single() {
        extents = ListExtents.single(ListExtents.fitting(in, header.count()), in.position());
    }

    /** The vectors of an index, checked to be there. */
    private void expectVectors(IndexHeader of, String what) throws IOException {
        in.require(of.count(), of.dimension() * Float.BYTES, what); // first, so that the product fits
        in.expectCount(of.count() * of.dimension(), Float.BYTES, "values of " + what);
    }

    private void parseFlat() throws IOException {
        long at = in.position();
        parseHeader();
        Metric metric = type.equals("IxF2") ? Metric.L2 : Metric.INNER_PRODUCT;
        if (header.metricOf() != metric) {
            throw in.corrupt(
                    at,
                    "an index of type " + type + " has metric " + header.metric() + ", it should be "
                            + metric.number());
        }
        format = ListFormat.of(null, header.dimension());
        expectVectors(header, "the vectors");
        single();
        in.skip(header.count(), header.dimension() * Float.BYTES, "the vectors");
    }

    private void parseProduct() throws IOException {
        parseHeader();
        parsed = QuantizerParser.product(in, header.dimension());
        ListExtents.fitting(in, header.count());
        if (type.equals("IPfs")) {
            BlockFormat blocks = blocks(parsed);
            format = blocks;
            in.int32("how faiss searches");
            expectGroup();
            in.int32("how faiss searches");
            long groups = (header.count() + BlockFormat.GROUP - 1) / BlockFormat.GROUP;
            in.expect(groups * BlockFormat.GROUP, "the number of codes in whole blocks");
            in.expect((blocks.parts() + 1L) / 2 * 2, "the number of parts in pairs");
            in.require(groups, blocks.blockBytes(), "the codes");
            in.expectCount(groups * blocks.blockBytes(), 1, "bytes of codes");
            single();
            in.skip(groups, blocks.blockBytes(), "the codes");
        } else {
            format = ListFormat.of(parsed.quantizer(), header.dimension());
            parseCodes();
            in.int32("the search type");
            in.bool("whether signs are encoded");
            in.int32("the threshold of polysemous codes");
        }
    }

    private BlockFormat blocks(QuantizerParser.Parsed product) {
        CodeForm form = product.form();
        if (form.codeBits().width(0) != 4) {
            throw in.unsupported("blocks of codes of " + form.codeBits().width(0) + " bits", "4 bits");
        }
        return new BlockFormat(((ProductQuantizer) product.quantizer()).parts());
    }

    private void expectGroup() throws IOException {
        int group = in.int32("the codes of a block");
        if (group != BlockFormat.GROUP) {
            throw in.unsupported("blocks of " + group + " codes", "blocks of " + BlockFormat.GROUP);
        }
    }

    /** All codes of an index without inverted lists. */
    private void parseCodes() throws IOException {
        int size = parsed.form().size();
        in.require(header.count(), size, "the codes"); // first, so that the product fits
        in.expectCount(header.count() * size, 1, "bytes of codes");
        single();
        in.skip(header.count(), size, "the codes");
    }

    private void parseSum() throws IOException {
        parseHeader();
        parseSumQuantizer();
        in.expect(parsed.form().size(), "the bytes of a code");
        parseCodes();
    }

    private void parseSumQuantizer() throws IOException {
        boolean local = type.endsWith("LS");
        parsed = local
                ? QuantizerParser.localSearch(in, header.dimension())
                : QuantizerParser.residual(in, header.dimension());
        int bits = parsed.form().normBits();
        boolean ranged = bits == 4 || bits == 8;
        if (ranged && !(Float.isFinite(parsed.least()) && Float.isFinite(parsed.greatest()))) {
            throw in.corrupt(
                    in.position(),
                    "norms of " + bits + " bits are from " + parsed.least() + " to " + parsed.greatest()
                            + ": they should be finite");
        }
        format = ListFormat.of(parsed.quantizer(), header.dimension());
    }

    /** What every inverted-file index starts with. */
    private void parseIvf() throws IOException {
        parseHeader();
        long at = in.position();
        long lists = in.int64("the number of lists");
        if (lists < 1) {
            throw in.corrupt(at, "there are " + lists + " lists, there should be 1 or more");
        }
        if (lists > Integer.MAX_VALUE) {
            throw in.unsupported(lists + " lists", "2147483647 at most");
        }
        at = in.position();
        long stored = in.int64("the number of lists to search");
        if (stored < 1) {
            throw in.corrupt(at, "a search looks at " + stored + " lists, it should be 1 or more");
        }
        probes = (int) Math.min(stored, lists);
        parseCentroids(lists);
        skipDirectMap();
    }

    private void parseCentroids(long lists) throws IOException {
        String flat = in.fourcc("the type of the index of centroids");
        if (!flat.equals("IxF2") && !flat.equals("IxFI")) {
            throw in.unsupported(
                    "centroids in an index of type '" + FaissHeader.printable(flat) + "'", "IxF2 and IxFI");
        }
        Metric metric = flat.equals("IxF2") ? Metric.L2 : Metric.INNER_PRODUCT;
        IndexHeader coarse = header.ofCentroids(lists, metric).parseInner(in);
        expectVectors(coarse, "the centroids");
        float[] values = in.floats(lists * coarse.dimension(), "values of the centroids");
        centroids = new FloatMatrix((int) lists, coarse.dimension(), values);
    }

    /** Where each id is: nothing that a search asks for. */
    private void skipDirectMap() throws IOException {
        long at = in.position();
        int kind = in.int8("the type of the map from ids to places");
        if (kind < 0 || kind > 2) {
            throw in.corrupt(at, "the type of the map from ids to places is " + kind + ", it should be 0, 1 or 2");
        }
        in.skip(in.count(Long.BYTES, "places of ids"), Long.BYTES, "the places of ids");
        if (kind == 2) {
            int pair = 2 * Long.BYTES;
            in.skip(in.count(pair, "ids with places"), pair, "the ids with places");
        }
    }

    private void parseLists(int codeSize) throws IOException {
        extents = ListExtents.parse(in, centroids.rows(), header.count(), codeSize, type.equals("IwPf"));
    }

    private void parseIvfProduct() throws IOException {
        parseIvf();
        byResidual = in.bool("whether codes are of residuals");
        long at = in.position();
        long codeSize = in.int64("the bytes of a code");
        long pairs = 0;
        if (type.equals("IwPf")) {
            expectGroup();
            pairs = in.int64("the number of parts in pairs");
            in.int32("how faiss searches");
            in.int64("how faiss searches");
        }
        parsed = QuantizerParser.product(in, header.dimension());
        checkCodeSize(at, codeSize);
        if (type.equals("IwPf")) {
            BlockFormat blocks = blocks(parsed);
            if (pairs != (blocks.parts() + 1L) / 2 * 2) {
                throw in.corrupt(at, "the number of parts in pairs is " + pairs + ", there are " + blocks.parts());
            }
            format = blocks;
            parseLists(blocks.blockBytes());
        } else {
            format = ListFormat.of(parsed.quantizer(), header.dimension());
            parseLists((int) codeSize);
        }
    }

    private void checkCodeSize(long at, long codeSize) {
        if (codeSize != parsed.form().size()) {
            throw in.corrupt(
                    at,
                    "the bytes of a code is " + codeSize + ", it should be "
                            + parsed.form().size());
        }
    }

    private void parseIvfSum() throws IOException {
        parseIvf();
        long at = in.position();
        long codeSize = in.int64("the bytes of a code");
        parseSumQuantizer();
        checkCodeSize(at, codeSize);
        byResidual = in.bool("whether codes are of residuals");
        in.int32("whether tables are precomputed");
        parseLists((int) codeSize);
    }
}
