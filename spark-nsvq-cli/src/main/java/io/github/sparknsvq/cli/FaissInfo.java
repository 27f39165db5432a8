package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.FaissOutline;
import io.github.sparknsvq.core.faiss.FaissTypes;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What index files of FAISS hold. */
final class FaissInfo {
    private FaissInfo() {}

    /**
     * Says what a file of FAISS is, as in {@code an index file of FAISS of type IndexPQ (IxPq)}, whether it can be
     * read or not; null if the path is no such file, or cannot be looked at.
     */
    static String kind(String path) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration());
            if (!files.exists(file) || !files.getFileStatus(file).isFile()) {
                return null;
            }
            try (InputStream in = files.open(file)) {
                byte[] start = in.readNBytes(FaissTypes.START_BYTES);
                return FaissTypes.describe(start, files.getFileStatus(file).getLen());
            }
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Refuses a path that is a file of FAISS.
     *
     * @param option the option that it came with, for messages
     * @param what a model or an index, which is needed
     */
    static void refuse(String path, String option, String what) {
        String kind = kind(path);
        if (kind == null) {
            return;
        }
        String found = path + " (" + option + ") is " + kind;
        if (!what.equals("index")) {
            throw new NsvqException(found + ", a model that nsvq train or a stage saved is needed");
        }
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration());
            outline(files, file, files.getFileStatus(file).getLen(), path); // names what is not read
        } catch (IOException e) {
            throw new NsvqException("cannot read " + path + ": " + Reason.of(e), e);
        }
        throw new NsvqException(found + ", an index directory is needed: nsvq import makes one of it");
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

    /** As above, of a file that is there. */
    static FaissOutline outline(Configuration configuration, String path) {
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(configuration);
            return outline(files, file, files.getFileStatus(file).getLen(), path);
        } catch (IOException e) {
            throw new NsvqException("cannot read " + path + ": " + Reason.of(e), e);
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
            result.put("lists", ivf.lists())
                    .put("probes", index.probes())
                    .put("coarseMetric", ivf.choice().queries() == Metric.L2 ? "l2" : "ip");
        }
        boolean codebooks = codes != null && !(codes instanceof ScalarQuantizer);
        result.put("codebooks", !codebooks ? null : codes.codeBits().indices())
                .put("codeBytes", ivf.codeSize())
                .put("metric", ivf.metric() == Metric.L2 ? "l2" : cosine ? "cosine" : "ip");
        if (!index.searchable()) {
            result.put("searchable", false);
        }
        if (index.refine() != null) {
            result.put("refine", index.refine().type())
                    .put("kFactor", index.refine().factor());
        }
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
