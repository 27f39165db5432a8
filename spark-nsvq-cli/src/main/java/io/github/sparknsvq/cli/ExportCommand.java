package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.FaissExport;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq export}: a model, and codes with it, as a file of another library. */
@Command(
        name = "export",
        description = "Writes an index, or a model and the codes that encode made with it, as an index file"
                + " that FAISS opens.")
final class ExportCommand extends NsvqCommand {
    @Option(names = "--model", paramLabel = "DIR", description = "A model that train wrote.")
    String model;

    @Option(names = "--index", paramLabel = "DIR", description = "An index of nsvq index, with all its vectors.")
    String index;

    @Option(
            names = "--codes",
            paramLabel = "DIR",
            description = "Codes that encode wrote with this model, entropy-coded or not (default: an index without"
                    + " vectors).")
    String codes;

    @Option(
            names = "--id-col",
            paramLabel = "NAME",
            description = "Column of the codes' ids, unique whole numbers (default: ${DEFAULT-VALUE}).")
    String id = IdVectorOptions.DEFAULT_ID;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "Format of the file: faiss (default: ${DEFAULT-VALUE}).")
    String format = "faiss";

    @Option(
            names = "--metric",
            paramLabel = "l2|ip",
            description = "What FAISS searches by (default: l2; ip for cosine models, whose vectors have length 1).")
    String metric;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "File to write; whole or not at all.")
    String output;

    @Mixin
    ModeOptions mode;

    @Option(
            names = "--fast-scan",
            description = "Write the codes of an index of pq with 4 bits in blocks, for FAISS's fast scan.")
    boolean fastScan;

    @Option(
            names = "--vectors",
            paramLabel = "PATH",
            description = "The index's vectors, to write beside their codes and rank by what these find, with the"
                    + " columns that the index was built from.")
    String vectors;

    @Option(
            names = "--vectors-format",
            paramLabel = "NAME",
            description = "What Spark reads --vectors as: parquet, orc, json, delta, ... (default: by the file's"
                    + " suffix, else parquet).")
    String vectorsFormat;

    @Option(
            names = "--refine",
            paramLabel = "flat|sq8",
            description = "With --vectors: write them as they are, as float32, or rounded to 8 bits a value (default:"
                    + " flat).")
    String refine;

    @Option(
            names = "--probes",
            paramLabel = "P",
            description =
                    "With --index: lists that the file's searches look at unless they are told otherwise (default:"
                            + " as many as the index was saved with, 16 where nobody said).")
    Integer probes;

    @Option(
            names = "--rerank",
            paramLabel = "R",
            description =
                    "With --vectors: how many of what the codes find for --k neighbors the file's searches rank by"
                            + " the vectors, unless they are told otherwise (default: 10 times --k).")
    Integer rerank;

    @Option(names = "--k", paramLabel = "K", description = "Neighbors that --rerank is for (default: 10).")
    Integer k;

    @Option(
            names = "--spill",
            description = "With --vectors: put each vector into a second list, too, where queries that miss the first"
                    + " may meet it. For searches by spark-nsvq, as FAISS finds such vectors twice.")
    boolean spill;

    @Override
    void check() {
        requireOneOf("--format", format, List.of("faiss"));
        mode.check(this);
        requireOne("--model", "--index");
        if (index != null) {
            refuse("--index", List.of("--codes", "--id-col", "--metric"));
        } else {
            refuse(
                    "--model",
                    List.of(
                            "--fast-scan",
                            "--vectors",
                            "--vectors-format",
                            "--refine",
                            "--spill",
                            "--probes",
                            "--rerank",
                            "--k"));
        }
        checkDefaults();
        if (refine != null) {
            requireOneOf("--refine", refine, List.of("flat", "sq8"));
            if (vectors == null) {
                throw usage("--refine goes with --vectors, which it says how to write");
            }
        }
        if (vectorsFormat != null && vectors == null) {
            throw usage("--vectors-format goes with --vectors, which are read so");
        }
        if (spill && vectors == null) {
            throw usage("--spill goes with --vectors, by which second lists are chosen");
        }
        if (metric != null) {
            requireOneOf("--metric", metric, List.of("l2", "ip"));
        }
    }

    /** Checks what the file's searches do unless they are told otherwise. */
    private void checkDefaults() {
        if (probes != null) {
            requirePositive("--probes", probes);
        }
        if (rerank != null && vectors == null) {
            throw usage("--rerank goes with --vectors, by which is ranked");
        }
        if (k != null && rerank == null) {
            throw usage("--k goes with --rerank, which says how many are ranked for K neighbors");
        }
        if (k != null) {
            requirePositive("--k", k);
        }
        if (rerank != null && rerank < neighbors()) {
            throw usage("--rerank " + rerank + ": at least as many as the " + neighbors() + " neighbors (--k)");
        }
    }

    private int neighbors() {
        return k == null ? new IvfIndex().getK() : k;
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        checkOutput(spark);
        return index == null ? exportModel(spark, progress) : exportIndex(spark, progress);
    }

    private Result exportIndex(SparkSession spark, Progress progress) {
        IvfIndexModel opened = SavedModels.loadIndex(spark, index, "--index");
        NsvqException.unless(
                !opened.listSchema().named(), "the ids of " + index + " are strings: FAISS has none but numbers");
        String form = vectors == null ? "none" : refine == null ? "flat" : refine;
        if (vectors != null) {
            rankBy(spark, opened);
        }
        if (probes != null) {
            opened.setProbes(probes);
        }
        if (rerank != null) {
            opened.setRerank(rerank).setK(neighbors());
        }
        progress.begin("exporting " + index);
        export(opened, new Form(format, fastScan, form, spill), mode.overwrites(), output);
        Result result = new Result()
                .put("rows", IndexContents.of(opened.stored(spark)).vectors())
                .putAll(SavedModels.describeIndex(opened));
        if (vectors != null) {
            result.put("refine", form);
        }
        return result.put("format", format).put("output", output);
    }

    /** Gives an index its vectors. */
    private void rankBy(SparkSession spark, IvfIndexModel opened) {
        Dataset<Row> rows = Inputs.read(spark, vectors, vectorsFormat, "--vectors", "--vectors-format");
        String own = opened.getFeaturesCol();
        String features = SearchOptions.column(rows, vectors, own, VectorOptions.DEFAULT_FEATURES);
        Inputs.requireVectors(rows, features, vectors + " (--vectors)");
        String ids = SearchOptions.column(rows, vectors, opened.getIdCol(), IdVectorOptions.DEFAULT_ID);
        opened.setVectors(rows).setFeaturesCol(features).setIdCol(ids);
    }

    /**
     * How an index is written.
     *
     * @param format of the file
     * @param fastScan whether codes of 4 bits lie in blocks
     * @param refine how its vectors are written, or none
     * @param spill whether each vector is put into a second list
     */
    record Form(String format, boolean fastScan, String refine, boolean spill) {}

    /** Writes an index to a file. */
    static void export(IvfIndexModel index, Form form, boolean overwrite, String file) {
        try {
            GeneralMLWriter writer = index.write().format(form.format());
            writer.option("fastScan", String.valueOf(form.fastScan()));
            writer.option("refine", form.refine());
            writer.option("spill", String.valueOf(form.spill()));
            (overwrite ? writer.overwrite() : writer).save(file);
        } catch (IOException e) {
            throw new NsvqException("cannot write " + file + ": " + Reason.of(e), e);
        }
    }

    private Result exportModel(SparkSession spark, Progress progress) {
        QuantizerModel<?, ?> loaded = SavedModels.load(spark, model, "--model");
        NsvqException.unless(
                !(loaded instanceof SpaceFillingVQModel),
                model + " (--model) has a line, whose positions no index of FAISS holds: train with --resample for a"
                        + " codebook to export");
        boolean innerProduct = metric == null ? loaded.cosine() : metric.equals("ip");
        Quantizer quantizer = loaded.shared().withDevice(Device.CPU).quantizer();
        boolean overwrite = mode.overwrites();
        progress.begin("exporting " + model);
        long rows = 0;
        if (codes == null) {
            FaissExport.write(quantizer, innerProduct, output, overwrite, spark);
        } else {
            rows = FaissExport.write(
                    quantizer, innerProduct, codes(spark, loaded), id, Encoding.CODE, output, overwrite);
        }
        return new Result()
                .put("rows", rows)
                .put("dimension", quantizer.dimension())
                .put("codeBytes", quantizer.codeSize())
                .put("format", format)
                .put("metric", innerProduct ? "ip" : "l2")
                .put("output", output);
    }

    /** Refuses an output that is there before any work. */
    private void checkOutput(SparkSession spark) {
        try {
            Path file = new Path(output);
            FileSystem files = file.getFileSystem(spark.sparkContext().hadoopConfiguration());
            StagedOutput.requireFileName(files, files.makeQualified(file));
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot write " + output, e);
        }
        NsvqException.unless(
                mode.overwrites() || !Inputs.exists(spark.sparkContext().hadoopConfiguration(), output),
                "the output " + output + " exists already: give another --output, or --mode overwrite to replace it");
    }

    private Dataset<Row> codes(SparkSession spark, QuantizerModel<?, ?> loaded) {
        if (!(loaded instanceof CodeModel<?> code)) {
            throw new NsvqException("--codes goes with models of several codebooks: " + model + " has one");
        }
        NsvqException.unless(
                !code.variableLength(),
                "FAISS has no codes that end early: train without --error-threshold to export codes");
        Dataset<Row> data = EntropyCodes.isAt(codes, spark)
                ? EntropyOutput.read(spark, codes, loaded)
                : Inputs.read(spark, codes, null, "--codes");
        Inputs.requireColumn(data, Encoding.CODE, codes, "--codes");
        Inputs.requireColumn(data, id, codes, "--id-col");
        Inputs.wholeNumbers(data, id, codes);
        Inputs.requireUnique(data, id, codes);
        return data;
    }
}
