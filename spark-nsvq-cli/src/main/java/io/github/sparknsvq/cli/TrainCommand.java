package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.Histogram;
import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.Elbow;
import io.github.sparknsvq.ml.AdditiveVQ;
import io.github.sparknsvq.ml.AdditiveVQModel;
import io.github.sparknsvq.ml.CodeEstimator;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.ProductVQModel;
import io.github.sparknsvq.ml.QuantizerEstimator;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.QuantizerSummary;
import io.github.sparknsvq.ml.ResidualVQ;
import io.github.sparknsvq.ml.ResidualVQModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.SpaceFillingVQSummary;
import io.github.sparknsvq.ml.TrainingEstimator;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.VQSummary;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq train}: a codebook from the vectors of an input. */
@Command(name = "train", description = "Trains a codebook on the vectors of the input and saves it as a model.")
final class TrainCommand extends NsvqCommand {
    /** Options that the baseline does not have. */
    private static final List<String> UNKNOWN_TO_MLLIB = List.of(
            "--init",
            "--updater",
            "--batch-size",
            "--local-steps",
            "--learning-rate",
            "--final-rate",
            "--lloyd-iter",
            "--reseeding",
            "--presence-threshold",
            "--repair",
            "--dimension-weights",
            "--elbow",
            "--device",
            "--checkpoint");

    @Mixin
    SourceOptions source;

    @Mixin
    VectorOptions vectors;

    @Mixin
    OutputOptions output;

    @Mixin
    TrainingOptions training;

    @Mixin
    ReportOptions report;

    @Option(
            names = "--init",
            paramLabel = "DIR",
            description = "Start from the codebooks of this model, of the same kind; their number and sizes are then"
                    + " the defaults. An aq model goes to its joint passes at once.")
    String init;

    @Option(
            names = "--baseline",
            paramLabel = "mllib",
            description = "Train with MLlib's KMeans (block solver) instead, with the same k, passes and seed.")
    String baseline;

    private QuantizerEstimator<?, ?> estimator;

    @Override
    void check() {
        vectors.check(this);
        output.check(this);
        report.check(spec.commandLine());
        estimator = training.estimator(this);
        estimator.setFeaturesCol(vectors.features);
        estimator.setHandleInvalid(vectors.handleInvalid);
        if (training.elbow) {
            refuse("--elbow, which trains codebooks of several sizes", List.of("--bits", "--init", "--checkpoint"));
        }
        if (init != null && !(estimator instanceof TrainingEstimator)) {
            throw usage("--init starts from codebooks: leave out --quantizer " + training.quantizer);
        }
        if (baseline != null) {
            requireOneOf("--baseline", baseline, MllibBaseline.NAMES);
            if (!(estimator instanceof VQ)) {
                throw usage("--baseline mllib trains one codebook: leave out --quantizer " + training.quantizer);
            }
            for (String option : UNKNOWN_TO_MLLIB) {
                if (given(option)) {
                    throw usage(option + " goes with the training of spark-nsvq only: MLlib's KMeans"
                            + " knows no such thing");
                }
            }
            if (vectors.skipsInvalid()) {
                throw usage("--handle-invalid skip goes with the training of spark-nsvq only: MLlib's KMeans skips"
                        + " no rows");
            }
            if (given("--init-mode")) {
                requireOneOf("--init-mode", training.initMode, MllibBaseline.INIT_MODES);
            }
        }
    }

    @Override
    ReportFile openReport(Configuration configuration) {
        boolean overwrite = output.overwrites();
        return report.begin(configuration, overwrite, output.output, source.input, init, training.checkpoint);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, source.input, training.checkpoint);
                HadoopCheckpoint checkpoint = training.openCheckpoint(spark)) {
            Dataset<Row> data = source.read(spark);
            vectors.checkColumns(data, source.input);
            if (training.weightCol != null) {
                Inputs.requireColumn(data, training.weightCol, source.input, "--weight-col");
            }
            boolean plain = baseline == null;
            Result result = plain ? train(spark, data, staged, progress) : baseline(data, staged, progress);
            staged.commit();
            if (checkpoint != null) {
                checkpoint.delete();
            }
            return result.put("seed", training.seed).put("output", output.output);
        }
    }

    private Result train(SparkSession spark, Dataset<Row> data, StagedOutput staged, Progress progress) {
        Result result = new Result();
        if (training.elbow) {
            return elbow((VQ) estimator, data, staged, progress);
        }
        if (estimator instanceof VQ vq) {
            start(spark, vq);
            progress.begin("training " + vq.getK() + " codewords on " + source.input);
        } else {
            if (init != null) {
                start(spark, (CodeEstimator<?, ?>) estimator);
            }
            progress.begin("training " + training.quantizer + " on " + source.input);
        }
        estimator.setListener(progress);
        estimator.setKeepsCheckpoint(true);
        QuantizerModel<?, ?> model = (QuantizerModel<?, ?>) estimator.fit(data);
        QuantizerSummary summary = model.summary();
        if (model instanceof SpaceFillingVQModel line && training.resample != null) {
            return resample(line, data, staged, progress);
        }
        progress.record().begins("saving");
        save(model, staged.path().toString());
        if (model instanceof SpaceFillingVQModel line) {
            result.putAll(new Encoding(line, vectors).trained(line.summary()));
            tell(progress, line.summary().segmentSizes());
        } else if (model instanceof VQModel one) {
            sayTooLarge(one, progress);
            result.putAll(new Encoding(one, vectors).trained(one.summary(), training.weightCol != null));
            tell(progress, one.summary().clusterWeights());
        } else {
            result.put("rows", summary.rows())
                    .putAll(Encoding.describe(model))
                    .put("mse", summary.mse())
                    .put("msePerDimension", summary.mse() / model.dimension());
            if (report.wanted()) {
                progress.begin("counting the use of codewords, for the report");
                Encoding encoder = new Encoding(model, vectors);
                tell(progress, encoder.use(encoder.codes(data, List.of())));
            }
        }
        return result.put("passes", summary.numIter())
                .put("trainSeconds", summary.trainSeconds())
                .put("quantizer", training.quantizer)
                .put("updater", estimator.hasParam("updater") ? training.updater : null);
    }

    /** Shows how codewords are used in the report. */
    static void tell(Progress progress, double[] use) {
        progress.record()
                .tell(report -> report.section("Use of codewords")
                        .chart(new Histogram("Rows of each codeword", "rows that chose it", "codewords", use)));
    }

    private static void sayTooLarge(VQModel model, Progress progress) {
        if (model.codebook().rows() > model.summary().rows()) {
            progress.say("there are " + model.codebook().rows() + " codewords for "
                    + model.summary().rows() + " rows: most will never be used, a smaller --k would do");
        }
    }

    /** Trains codebooks of several sizes and saves the one at the bend of their errors. */
    private Result elbow(VQ vq, Dataset<Row> data, StagedOutput staged, Progress progress) {
        progress.begin("training codebooks of " + training.k.size() + " sizes on " + source.input);
        vq.setListener(progress);
        int[] sizes = training.k.stream().mapToInt(Integer::intValue).toArray();
        List<VQModel> models = vq.fitEach(data, sizes);
        Elbow elbow = Elbow.of(
                training.k, models.stream().map(model -> model.summary().mse()).toList());
        int picked = elbow.picked().codewords();
        VQModel model = models.get(training.k.indexOf(picked));
        sayTooLarge(models.get(training.k.indexOf(Collections.max(training.k))), progress);
        tell(progress, model.summary().clusterWeights());
        save(model, staged.path().toString());
        List<Result> points = new ArrayList<>();
        for (Elbow.Point point : elbow.points()) {
            VQSummary summary =
                    models.get(training.k.indexOf(point.codewords())).summary();
            points.add(new Result()
                    .put("codewords", point.codewords())
                    .put("mse", point.mse())
                    .put("depth", point.depth())
                    .put("passes", summary.numIter())
                    .put("trainSeconds", summary.trainSeconds()));
        }
        return new Result()
                .putAll(new Encoding(model, vectors).trained(model.summary(), training.weightCol != null))
                .put("passes", model.summary().numIter())
                .put("trainSeconds", model.summary().trainSeconds())
                .put("quantizer", training.quantizer)
                .put("updater", training.updater)
                .put("picked", picked)
                .put("elbow", points);
    }

    /** Makes a codebook of a line that was trained, and saves that. */
    private Result resample(SpaceFillingVQModel line, Dataset<Row> data, StagedOutput staged, Progress progress) {
        progress.begin("resampling " + training.resample + " codewords from the line");
        String of = training.resampleOf == null ? SpaceFillingVQParams.MEANS.get(0) : training.resampleOf;
        int even = training.resampleEven == null ? 0 : training.resampleEven;
        VQModel codebook = line.resampled(data, training.resample, of, even);
        save(codebook, staged.path().toString());
        tell(progress, codebook.summary().clusterWeights());
        SpaceFillingVQSummary trained = line.summary();
        int duplicates = codebook.duplicates();
        if (duplicates > 0) {
            progress.say(duplicates + " of " + training.resample + " codewords equal others: rows are fewer than"
                    + " codewords, or too many of them at one place: a smaller --resample would do");
        }
        return new Encoding(codebook, vectors)
                .trained(codebook.summary(), training.weightCol != null)
                .put("duplicates", duplicates)
                .put("corners", trained.k())
                .put("segments", trained.k() - 1)
                .put("length", trained.length())
                .put("lineMse", trained.mse())
                .put("passes", trained.numIter())
                .put("trainSeconds", trained.trainSeconds())
                .put("resampleSeconds", codebook.summary().trainSeconds())
                .put("quantizer", training.quantizer);
    }

    private void start(SparkSession spark, VQ vq) {
        if (init != null) {
            VQModel start = SavedModels.loadCodebook(spark, init, "--init");
            vq.setInitialModel(start);
            if (training.k == null && training.bits == null) {
                vq.setK(start.codebook().rows());
            }
        }
    }

    private void start(SparkSession spark, CodeEstimator<?, ?> codes) {
        QuantizerModel<?, ?> start = SavedModels.load(spark, init, "--init");
        if (codes instanceof ProductVQ product && start instanceof ProductVQModel model) {
            boolean rotated = model.shared().rotation() != null;
            NsvqException.unless(
                    rotated == training.quantizer.equals("opq"),
                    init + " (--init) has " + (rotated ? "a rotation" : "no rotation") + ": --quantizer "
                            + training.quantizer + " starts from a model " + (rotated ? "without" : "with one"));
            product.setInitialModel(model);
        } else if (codes instanceof ResidualVQ residual && start instanceof ResidualVQModel model) {
            residual.setInitialModel(model);
            if (training.codebooks == null && training.bits == null && training.levelBits == null) {
                residual.setLevelBits(model.getLevelBits());
            }
        } else if (codes instanceof AdditiveVQ additive && start instanceof AdditiveVQModel model) {
            additive.setInitialModel(model);
        } else {
            throw new NsvqException(init + " (--init) is a " + start.getClass().getSimpleName() + ": --quantizer "
                    + training.quantizer + " starts from a model of its own kind");
        }
        CodeModel<?> model = (CodeModel<?>) start;
        if (training.codebooks == null && training.levelBits == null) {
            codes.setNumCodebooks(model.getNumCodebooks());
        }
        if (training.bits == null && training.levelBits == null) {
            codes.setCodebookBits(model.getCodebookBits());
        }
    }

    private Result baseline(Dataset<Row> data, StagedOutput staged, Progress progress) {
        VQ vq = (VQ) estimator;
        progress.begin("training " + vq.getK() + " codewords with MLlib's KMeans on " + source.input);
        MllibBaseline.Trained trained = MllibBaseline.train(data, vq);
        save(trained.model(), staged.path().toString());
        progress.begin("measuring them");
        Encoding encoder = new Encoding(trained.codebook(), vectors);
        Result result;
        if (training.weightCol == null) {
            result = encoder.measure(encoder.codes(data, List.of()));
        } else {
            Column weight = VectorColumn.column(training.weightCol);
            Dataset<Row> counted = data.filter(weight.gt(0));
            result = encoder.measure(encoder.codes(counted, List.of(weight)), weight, counted.count());
        }
        return result.put("passes", trained.model().summary().numIter())
                .put("trainSeconds", trained.seconds())
                .put("baseline", baseline);
    }

    /** Saves a model where nothing is yet. */
    static void save(MLWritable model, String path) {
        try {
            model.write().save(path);
        } catch (IOException e) {
            throw new NsvqException("cannot write the model: " + Reason.of(e), e);
        }
    }
}
