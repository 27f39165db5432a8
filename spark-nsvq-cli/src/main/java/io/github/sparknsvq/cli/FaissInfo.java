package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.FaissOutline;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What index files of FAISS hold. */
final class FaissInfo {
    /** The first bytes of the index files of FAISS that can be read. */
    private static final Set<String> TYPES = Set.of(
            "IxF2", "IxFI", "IxPq", "IPfs", "IxPT", "IxRq", "IxLS", "IxMp", "IxM2", "IwFl", "IwPQ", "IwPf", "IwRQ",
            "IwLS", "IwSq", "IxSQ");

    private FaissInfo() {}

    /** Returns whether a path is a file that starts as an index of FAISS does; false if it cannot be read. */
    static boolean isIndex(String path) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration());
            if (!files.exists(file) || !files.getFileStatus(file).isFile()) {
                return false;
            }
            try (InputStream in = files.open(file)) {
                return TYPES.contains(new String(in.readNBytes(4), StandardCharsets.ISO_8859_1));
            }
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Reads what an index file says of itself.
     *
     * @param length of the file, in bytes
     * @param path as the user gave it
     */
    static FaissOutline outline(FileSystem files, Path file, long length, String path) throws IOException {
        if (files.getScheme().equals("file")) {
            return FaissFiles.outline(
                    java.nio.file.Path.of(files.makeQualified(file).toUri().getPath()));
        }
        try (InputStream in = new BufferedInputStream(files.open(file))) {
            return FaissFiles.outline(in, length, path);
        }
    }

    /** Puts what a file holds. */
    static void describe(FaissOutline index, Result result) {
        IvfQuantizer ivf = index.quantizer();
        Quantizer codes = ivf.codes();
        boolean rotated = ivf.transforms().stream().anyMatch(Rotation.class::isInstance);
        boolean cosine = ivf.transforms().stream().anyMatch(Normalization.class::isInstance);
        result.put("format", "faiss")
                .put("type", index.type())
                .put("quantizer", codes == null ? "flat" : quantizer(codes, rotated))
                .put("rows", index.count())
                .put("dimension", ivf.dimension());
        if (index.type().startsWith("Iw")) { // others have one list of all vectors
            result.put("lists", ivf.lists()).put("probes", index.probes());
        }
        boolean codebooks = codes != null && !(codes instanceof ScalarQuantizer);
        result.put("codebooks", !codebooks ? null : codes.codeBits().indices())
                .put("codeBytes", ivf.codeSize())
                .put("metric", ivf.metric() == Metric.L2 ? "l2" : cosine ? "cosine" : "ip");
    }

    private static String quantizer(Quantizer codes, boolean rotated) {
        if (codes instanceof ProductQuantizer) {
            return rotated ? "opq" : "pq";
        }
        if (codes instanceof ScalarQuantizer scalar) {
            return scalar.type().label();
        }
        return codes instanceof ResidualQuantizer ? "rq" : "aq";
    }
}
