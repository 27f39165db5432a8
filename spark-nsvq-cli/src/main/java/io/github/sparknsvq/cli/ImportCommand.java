package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.saving.StagedOutput;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq import}: an index file of FAISS as an index that Spark searches and adds to. */
@Command(name = "import", description = "Makes an index of an index file of FAISS, with all its vectors.")
final class ImportCommand extends NsvqCommand {
    @Option(names = "--input", required = true, paramLabel = "FILE", description = "File that FAISS or export wrote.")
    String input;

    @Mixin
    OutputOptions output;

    @Override
    void check() {
        output.check(this);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, input)) {
            Inputs.requirePath(spark.sparkContext().hadoopConfiguration(), input, "--input");
            progress.begin("importing " + input);
            IvfIndexModel model = IvfIndexModel.importFaiss(input, staged.path().toString(), false, spark);
            IndexContents contents = IndexContents.of(model.stored(spark));
            staged.commit();
            return new Result()
                    .put("rows", contents.vectors())
                    .putAll(SavedModels.describeIndex(model))
                    .put("probes", model.getProbes())
                    .put("output", output.output);
        }
    }
}
