package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.io.ElementType;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.core.io.VectorFileLayout;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Opens an index and, in another file, the vectors that rank what it finds. */
final class VectorsBeside {
    private static final List<String> TYPES = List.of("IxF2", "IxFI", "IxSQ");

    private VectorsBeside() {}

    static IvfIndex open(Path codes, Path vectors) throws IOException {
        MappedIndex index = FaissFiles.map(codes);
        NsvqException.unless(
                index.refinement() == null,
                codes + " has vectors to rank by itself: open it without those of " + vectors);
        MappedLists lists = (MappedLists) index.lists();
        NsvqException.unless(!Files.isDirectory(vectors), vectors + " is a directory: a file of vectors is needed");
        MappedFile file = MappedFile.open(vectors, MappedFile.SEGMENT_BITS);
        MappedVectors.Rows rows = rows(vectors, file);
        long counted = lists.parsed().mappedIds();
        NsvqException.unless(
                rows.dimension() == index.quantizer().dimension(),
                vectors + " has vectors of dimension " + rows.dimension() + ", but the index in " + codes
                        + " is of dimension " + index.quantizer().dimension());
        NsvqException.unless(
                rows.count() >= counted,
                vectors + " has " + rows.count() + " vectors, but the index in " + codes + " counts " + counted);
        Refinement refinement = new Refinement(
                MappedVectors.beside(file, lists, rows, index.quantizer()),
                FaissRefineWriter.around(index.quantizer()),
                FaissFiles.BESIDE_FACTOR);
        return new IvfIndex(index.quantizer(), lists, index.probes(), refinement);
    }

    private static MappedVectors.Rows rows(Path vectors, MappedFile file) throws IOException {
        boolean vectorFile =
                Arrays.stream(VectorFileFormat.values()).anyMatch(format -> format.matches(vectors.toString()));
        return vectorFile ? ofVectorFile(VectorFiles.readLayout(vectors)) : ofIndex(file);
    }

    private static MappedVectors.Rows ofVectorFile(VectorFileLayout layout) {
        boolean bytes = layout.elementType() == ElementType.UINT8;
        boolean rowByRow = !layout.bigEndian() && !layout.columnMajor();
        NsvqException.unless(
                rowByRow && (bytes || layout.elementType() == ElementType.FLOAT32),
                layout.file() + " cannot be ranked by: its values should be little-endian float32 or bytes without a"
                        + " sign, row after row");
        long start = layout.dataOffset() + layout.prefixBytes();
        ScalarQuantizer quantizer = null;
        if (bytes) { // byte u stands for u
            float[] range = {-0.5f, 255};
            quantizer = new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT_UNIFORM, layout.dimension(), range);
        }
        return new MappedVectors.Rows(start, layout.rowStride(), layout.rows(), layout.dimension(), quantizer);
    }

    private static MappedVectors.Rows ofIndex(MappedFile file) throws IOException {
        FaissInput in = file.input();
        ParsedIndex parsed = IndexParser.parse(in);
        in.checkSupported(
                TYPES.contains(parsed.type())
                        && parsed.refined() == null
                        && parsed.transforms().isEmpty()
                        && !parsed.hasMap(),
                "vectors to rank by in an index of type " + FaissTypes.named(parsed.type()),
                String.join(", ", TYPES) + " with nothing around it");
        return MappedVectors.rows(parsed.body());
    }
}
