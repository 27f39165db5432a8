package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissOutline;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.saving.StagedOutput;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq import}: an index file of FAISS as an index that Spark searches and adds to. */
@Command(name = "import", description = "Makes an index of an index file of FAISS, with all its vectors.")
final class ImportCommand extends NsvqCommand {
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
                StagedOutput second = vectors == null
                        ? null
                        : ModeOptions.stageFor(
                                "--vectors", configuration, vectors, output.overwrites(), input, output.output)) {
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
            if (second != null) {
                second.commit();
            }
            staged.commit();
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
}
