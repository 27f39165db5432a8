package io.github.sparknsvq.core.faiss;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Tells files of FAISS by their first bytes, also those that are not read. */
public final class FaissTypes {
    /** Bytes from the start of a file that {@link #describe} looks at; fewer if the file is shorter. */
    public static final int START_BYTES = 32;

    /**
     * What {@code write_index} and {@code write_index_binary} of faiss up to 1.15 write, and older ones wrote: a type
     * with the class that it stands for.
     */
    private static final Map<String, String> INDEXES = table("""
            IxF2 IndexFlatL2
            IxFI IndexFlatIP
            IxFl IndexFlat
            IxFP IndexFlatL2Panorama
            IxFp IndexFlatIPPanorama
            IxPq IndexPQ
            IxPQ IndexPQ
            IxPo IndexPQ
            IPfs IndexPQFastScan
            IxSQ IndexScalarQuantizer
            IxRq IndexResidualQuantizer
            IxRQ IndexResidualQuantizer
            IxLS IndexLocalSearchQuantizer
            IxPR IndexProductResidualQuantizer
            IxPL IndexProductLocalSearchQuantizer
            ILfs IndexLocalSearchQuantizerFastScan
            IRfs IndexResidualQuantizerFastScan
            IPLf IndexProductLocalSearchQuantizerFastScan
            IPRf IndexProductResidualQuantizerFastScan
            ImRQ ResidualCoarseQuantizer
            Imiq MultiIndexQuantizer
            Ix2L Index2Layer
            IxHe IndexLSH
            IxHE IndexLSH
            IxLa IndexLattice
            Ixrq IndexRaBitQ
            Ixrr IndexRaBitQ
            Irfs IndexRaBitQFastScan
            Irfn IndexRaBitQFastScan
            IwFl IndexIVFFlat
            IvFl IndexIVFFlat
            IvFL IndexIVFFlat
            IwFd IndexIVFFlatDedup
            IwPn IndexIVFFlatPanorama
            IwP2 IndexIVFFlatPanorama
            IwPQ IndexIVFPQ
            IvPQ IndexIVFPQ
            IwQR IndexIVFPQR
            IvQR IndexIVFPQR
            IwPf IndexIVFPQFastScan
            IwSq IndexIVFScalarQuantizer
            IwSQ IndexIVFScalarQuantizer
            IvSQ IndexIVFScalarQuantizer
            IwRQ IndexIVFResidualQuantizer
            IwLS IndexIVFLocalSearchQuantizer
            IwPR IndexIVFProductResidualQuantizer
            IwPL IndexIVFProductLocalSearchQuantizer
            IVLf IndexIVFLocalSearchQuantizerFastScan
            IVRf IndexIVFResidualQuantizerFastScan
            NPLf IndexIVFProductLocalSearchQuantizerFastScan
            NPRf IndexIVFProductResidualQuantizerFastScan
            IwSh IndexIVFSpectralHash
            IwIQ IndexIVFIndependentQuantizer
            Iwrq IndexIVFRaBitQ
            Iwrr IndexIVFRaBitQ
            Iwrf IndexIVFRaBitQFastScan
            Iwrn IndexIVFRaBitQFastScan
            IxPT IndexPreTransform
            IxMp IndexIDMap
            IxM2 IndexIDMap2
            IxRF IndexRefine
            IxRP IndexRefinePanorama
            IH00 IndexHNSW
            IHNf IndexHNSWFlat
            IHNp IndexHNSWPQ
            IHNs IndexHNSWSQ
            IHN2 IndexHNSW2Level
            IHNc IndexHNSWCagra
            IHc2 IndexHNSWCagra
            IHfP IndexHNSWFlatPanorama
            INSf IndexNSGFlat
            INSp IndexNSGPQ
            INSs IndexNSGSQ
            INNf IndexNNDescentFlat
            IRMf IndexRowwiseMinMax
            IRMh IndexRowwiseMinMaxFP16
            ISVD IndexSVSVamana
            ILVQ IndexSVSVamanaLVQ
            ISVL IndexSVSVamanaLeanVec
            ISVF IndexSVSFlat
            IBxF IndexBinaryFlat
            IBwF IndexBinaryIVF
            IBFf IndexBinaryFromFloat
            IBHf IndexBinaryHNSW
            IBHc IndexBinaryHNSWCagra
            IBMp IndexBinaryIDMap
            IBM2 IndexBinaryIDMap2
            IBHh IndexBinaryHash
            IBHm IndexBinaryMultiHash
            """);

    /** What {@code write_VectorTransform} writes. */
    private static final Map<String, String> TRANSFORMS = table("""
            LTra LinearTransform
            rrot RandomRotationMatrix
            PCAm PCAMatrix
            PcAm PCAMatrix
            Pcam PCAMatrix
            VNrm NormalizationTransform
            VCnt CenteringTransform
            Viqm ITQMatrix
            Viqt ITQTransform
            RmDT RemapDimensionsTransform
            HRot HadamardRotation
            """);

    /** What faiss writes of inverted lists that lie beside their index. */
    private static final Map<String, String> LISTS = table("""
            ilar ArrayInvertedLists
            ilbl BlockInvertedLists
            ilod OnDiskInvertedLists
            """);

    private FaissTypes() {}

    private static Map<String, String> table(String lines) {
        Map<String, String> table = new HashMap<>();
        lines.lines().forEach(line -> table.put(line.substring(0, 4), line.substring(5)));
        return Map.copyOf(table);
    }

    /** Returns whether a file starts as an index of FAISS does, whether it is read or not. */
    public static boolean isIndex(byte[] start) {
        return INDEXES.containsKey(fourcc(start));
    }

    /**
     * Says what a file of FAISS is, as in {@code an index file of FAISS of type IndexHNSWFlat (IHNf)}.
     *
     * @param start the first {@link #START_BYTES} bytes of the file
     * @param length of the file, in bytes
     * @return the words, or null if the file is none of FAISS
     */
    public static String describe(byte[] start, long length) {
        String type = fourcc(start);
        if (INDEXES.containsKey(type)) {
            return "an index file of FAISS of type " + named(type);
        }
        String alone = TRANSFORMS.containsKey(type)
                ? "a transform, " + TRANSFORMS.get(type) + " (" + type + ")"
                : LISTS.containsKey(type)
                        ? "inverted lists, " + LISTS.get(type) + " (" + type + ")"
                        : isProduct(start, length) ? "a ProductQuantizer" : null;
        return alone == null ? null : "a file of FAISS that holds " + alone + ", and no index";
    }

    /** A type of index with its class, as in {@code IndexHNSWFlat (IHNf)}; in quotes where it is not known. */
    static String named(String fourcc) {
        String name = INDEXES.get(fourcc);
        return name == null ? FaissInput.quoted(fourcc) : name + " (" + fourcc + ")";
    }

    /** The same for a transform, as in {@code ITQTransform (Viqt)}. */
    static String namedTransform(String fourcc) {
        String name = TRANSFORMS.get(fourcc);
        return name == null ? FaissInput.quoted(fourcc) : name + " (" + fourcc + ")";
    }

    /**
     * Says what a file is that users take for one of FAISS by mistake, as in {@code a Parquet file}.
     *
     * @param start the first {@link #START_BYTES} bytes of the file
     * @param length of the file, in bytes
     * @return the words, or null if it is none of these
     */
    static String foreign(byte[] start, long length) {
        String known = switch (fourcc(start)) {
            case "PAR1" -> "a Parquet file";
            case "\u0093NUM" -> "an npy file";
            case "PK\u0003\u0004" -> "a zip archive, as numpy's .npz are,";
            default -> null;
        };
        if (known != null) {
            return known;
        }
        long dimension = start.length < START_BYTES
                ? 0
                : ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return dimension < 1 || dimension > FaissIndex.MOST_DIMENSIONS
                ? null
                : length % (Integer.BYTES + dimension * Float.BYTES) == 0
                        ? "a vector file, .fvecs or .ivecs,"
                        : length % (Integer.BYTES + dimension) == 0 ? "a .bvecs file" : null;
    }

    private static String fourcc(byte[] start) {
        return new String(start, 0, Math.min(4, start.length), StandardCharsets.ISO_8859_1);
    }

    /** {@code write_ProductQuantizer} starts with no type, but with numbers that say how long the file is. */
    private static boolean isProduct(byte[] start, long length) {
        if (start.length < START_BYTES) {
            return false;
        }
        ByteBuffer numbers = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        long dimension = numbers.getLong();
        long parts = numbers.getLong();
        long bits = numbers.getLong();
        return dimension >= 1
                && dimension <= FaissIndex.MOST_DIMENSIONS
                && parts >= 1
                && dimension % parts == 0
                && bits >= 1
                && bits <= 24
                && numbers.getLong() == dimension << bits
                && length == START_BYTES + (dimension << bits) * Float.BYTES;
    }
}
