package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.FaissOutline;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;

/** What index files of FAISS hold. */
final class FaissInfo {
    /** What the index files of FAISS start with that spark-nsvq reads. */
    private static final Set<String> TYPES = Set.of(
            "IxF2", "IxFI", "IxPq", "IPfs", "IxPT", "IxRq", "IxLS", "IxMp", "IxM2", "IwFl", "IwPQ", "IwPf", "IwRQ",
            "IwLS");

    private FaissInfo() {}

    /** Whether a path is a file that starts as an index of FAISS does; what cannot be read is left to others to say. */
    static boolean isIndex(String path) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkHadoopUtil.get().conf());
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

    /** Says what a file holds. */
    static Result describe(String path) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkHadoopUtil.get().conf());
            long length = files.getFileStatus(file).getLen();
            Result result = new Result().put("file", path).put("format", "faiss");
            describe(outline(files, file, length, path), result);
            return result.put("bytes", length);
        } catch (IOException e) {
            throw new NsvqException("cannot read " + path + ": " + Failures.firstLine(e.getMessage()), e);
        }
    }

    private static FaissOutline outline(FileSystem files, Path file, long length, String path) throws IOException {
        if (files.getScheme().equals("file")) {
            return FaissFiles.outline(
                    java.nio.file.Path.of(files.makeQualified(file).toUri().getPath()));
        }
        try (InputStream in = new BufferedInputStream(files.open(file))) {
            return FaissFiles.outline(in, length, path);
        }
    }

    private static void describe(FaissOutline index, Result result) {
        IvfQuantizer ivf = index.quantizer();
        Quantizer codes = ivf.codes();
        boolean rotated = ivf.transforms().stream().anyMatch(Rotation.class::isInstance);
        boolean cosine = ivf.transforms().stream().anyMatch(Normalization.class::isInstance);
        result.put("type", index.type())
                .put("quantizer", codes == null ? "flat" : rotated ? rotated(quantizer(codes)) : quantizer(codes))
                .put("rows", index.count())
                .put("dimension", ivf.dimension());
        if (index.type().startsWith("Iw")) { // others have one list of all vectors
            result.put("lists", ivf.lists()).put("probes", index.probes());
        }
        result.put("codebooks", codes == null ? null : codes.codeBits().indices())
                .put("codeBytes", ivf.codeSize())
                .put("metric", ivf.metric() == Metric.L2 ? "l2" : cosine ? "cosine" : "ip");
    }

    private static String quantizer(Quantizer quantizer) {
        if (quantizer instanceof ProductQuantizer) {
            return "pq";
        }
        return quantizer instanceof ResidualQuantizer ? "rq" : "aq";
    }

    private static String rotated(String inner) {
        return inner.equals("pq") ? "opq" : inner;
    }
}
