package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissOutline;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq import}: an index file of FAISS as an index that Spark searches and adds to. */
@Command(name = "import", description = "Makes an index of an index file of FAISS, with all its vectors.")
final class ImportCommand extends NsvqCommand {
    /** File beside the vectors, which readers of Parquet pass over, that names their index until it is there. */
    private static final String UNFINISHED = "_unfinished";

    @Option(names = "--input", required = true, paramLabel = "FILE", description = "File that FAISS or export wrote.")
    String input;

    @Option(
            names = "--vectors",
            paramLabel = "DIR",
            description =
                    "Directory to write the vectors to by which a file with RefineFlat ranks again, as Parquet for"
                            + " search --rerank; it appears whole or not at all.")
    String vectors;

    @Mixin
    OutputOptions output;

    @Override
    void check() {
        output.check(this);
        if (output.output.equals(vectors)) {
            throw usage("--output and --vectors cannot be the same directory");
        }
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        try (StagedOutput staged = output.stage(spark, input, vectors);
                StagedOutput second = vectors == null ? null : stageVectors(configuration)) {
            Inputs.requirePath(configuration, input, "--input");
            FaissOutline.Refine refine = FaissInfo.outline(configuration, input).refine();
            NsvqException.unless(
                    second == null || refine != null,
                    input + " (--input) has no vectors beside its codes, for --vectors: leave --vectors out");
            progress.begin("importing " + input);
            if (refine != null && second == null) {
                progress.say("the vectors by which " + input + " ranks what its codes find are left out:"
                        + " --vectors DIR writes them, for search --rerank");
            }
            String path = second == null ? null : second.path().toString();
            IvfIndexModel model = IvfIndexModel.importFaiss(input, staged.path().toString(), path, false, spark);
            IndexContents contents = IndexContents.of(model.stored(spark));
            commit(staged, second);
            Result result = new Result()
                    .put("rows", contents.vectors())
                    .putAll(SavedModels.describeIndex(model))
                    .put("probes", model.getProbes());
            if (refine != null) {
                result.put("kFactor", refine.factor()).put("vectors", vectors);
            }
            return result.put("output", output.output);
        }
    }

    /** Makes room for the vectors; what an import of the same index left that was interrupted is replaced. */
    private StagedOutput stageVectors(Configuration configuration) {
        boolean replaces = output.overwrites() || index(configuration).equals(unfinished(configuration));
        return ModeOptions.stageFor("--vectors", configuration, vectors, replaces, input, output.output);
    }

    /** Puts both outputs in their places: if this is interrupted, the vectors say that their index is not there. */
    private void commit(StagedOutput staged, StagedOutput second) {
        if (second == null) {
            staged.commit();
            return;
        }
        try {
            FileSystem files = second.files();
            try (OutputStream out = files.create(new Path(second.path(UNFINISHED)))) {
                out.write(index(files.getConf()).getBytes(StandardCharsets.UTF_8));
            }
            second.commit();
            staged.commit();
            files.delete(new Path(vectors, UNFINISHED), false);
        } catch (IOException e) {
            throw new NsvqException("cannot write " + vectors + ": " + Reason.of(e), e);
        }
    }

    /** Returns the index whose vectors are there without it, or nothing. */
    private String unfinished(Configuration configuration) {
        try {
            Path file = new Path(vectors, UNFINISHED);
            FileSystem files = file.getFileSystem(configuration);
            if (!Inputs.exists(configuration, vectors) || !files.exists(file)) {
                return "";
            }
            try (InputStream in = files.open(file)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (NsvqException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            return ""; // whoever writes there says more
        }
    }

    /** Returns the path of the index with the name of its file system. */
    private String index(Configuration configuration) {
        try {
            Path path = new Path(output.output);
            return path.getFileSystem(configuration).makeQualified(path).toString();
        } catch (IOException e) {
            throw new NsvqException("cannot write to " + output.output + ": " + Reason.of(e), e);
        }
    }
}
