package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.core.io.VectorFileLayout;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code nsvq info}: what a model, an index, a vector file or an index file of FAISS holds, or what this machine
 * computes with.
 */
@Command(
        name = "info",
        description =
                "Says what a model or index directory, a directory of entropy-coded codes, a vector file or an index"
                        + " file of FAISS holds; without any, which kernel and device this machine uses, and why.")
final class InfoCommand extends NsvqCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "PATH",
            description =
                    "A model or index directory, one of entropy-coded codes, a .fvecs, .bvecs, .ivecs or .npy file,"
                            + " or an index file of FAISS.")
    String path;

    @Option(names = "--model", paramLabel = "DIR", description = "A model directory.")
    String model;

    @Option(names = "--index", paramLabel = "DIR", description = "An index directory.")
    String index;

    @Option(
            names = "--shape",
            paramLabel = "KxD",
            description = "Codewords x dimension of a codebook for which to say whether --device auto takes the CPU"
                    + " or OpenCL, and how fast both are; may be repeated. Without it, of some usual ones.")
    List<String> shapes = List.of();

    private List<MachineInfo.Shape> shapesToTry = List.of();

    @Override
    void check() {
        try {
            shapesToTry = shapes.stream().map(MachineInfo.Shape::parse).toList();
        } catch (IllegalArgumentException e) {
            throw usage("--shape " + e.getMessage());
        }
        if (!asksAboutMachine() && !shapes.isEmpty()) {
            throw usage("--shape asks about this machine: leave out PATH, --model and --index");
        }
        if (Stream.of(path, model, index).filter(Objects::nonNull).count() > 1) {
            throw usage("give one of PATH, --model and --index, not more");
        }
    }

    private boolean asksAboutMachine() {
        return path == null && model == null && index == null;
    }

    @Override
    Result execute(Progress progress) {
        if (path != null) {
            VectorFileFormat.checkName(path);
        }
        Optional<VectorFileFormat> format = path == null ? Optional.empty() : Inputs.fileFormat(path);
        if (format.isPresent() || (path != null && FaissInfo.kind(path) != null)) {
            return file(format.orElse(null));
        }
        return asksAboutMachine() ? MachineInfo.describe(shapesToTry) : super.execute(progress);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        if (index != null) {
            return SavedModels.describeIndex(spark, index, "--index");
        }
        if (path != null && EntropyCodes.isAt(path, spark)) {
            EntropyCodes codes = EntropyCodes.open(path, spark);
            return new Result()
                    .put("codes", path)
                    .put("rows", codes.size().rows())
                    .put("codebooks", codes.codewords().length)
                    .put("codewords", codes.codewords())
                    .put("column", codes.codeCol())
                    .putAll(EntropyOutput.describe(codes.size()));
        }
        String directory = model == null ? path : model;
        return SavedModels.describe(spark, directory, model == null ? "PATH" : "--model");
    }

    /** Says what a vector file or, where the format is null, an index file of FAISS holds. */
    private Result file(VectorFileFormat format) {
        Configuration configuration = SparkInternals.hadoopConfiguration();
        Inputs.requirePath(configuration, path, "PATH");
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(configuration);
            FileStatus status = files.getFileStatus(file);
            NsvqException.unless(!status.isDirectory(), path + " is a directory: name one file");
            Result result = new Result().put("file", path);
            if (format == null) {
                FaissInfo.describe(FaissInfo.outline(files, file, status.getLen(), path), result);
            } else {
                try (InputStream in = files.open(file)) {
                    byte[] head = in.readNBytes(format.headBytes());
                    VectorFileLayout layout = VectorFileLayout.parse(path, format, status.getLen(), head);
                    result.put("format", format.shortName())
                            .put("rows", layout.rows())
                            .put("dimension", layout.dimension())
                            .put("type", layout.elementType().name().toLowerCase(Locale.ROOT));
                }
            }
            return result.put("bytes", status.getLen());
        } catch (IOException e) {
            throw new NsvqException("cannot read " + path + ": " + Reason.of(e), e);
        }
    }
}
