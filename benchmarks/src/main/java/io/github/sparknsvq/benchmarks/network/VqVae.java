package io.github.sparknsvq.benchmarks.network;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.ImageQuality;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.djl.CodebookAdam;
import io.github.sparknsvq.djl.QuantizerBlock;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Trains a VQ-VAE and measures it on images that it has not seen. */
final class VqVae implements AutoCloseable {
    static final int BATCH = 32;
    private static final int EVALUATIONS = 10;

    private final RunSettings settings;
    private final List<float[]> training;
    private final List<float[]> heldOut;
    private final double variance;
    private final Block encoder;
    private final QuantizerBlock layer;
    private final Model model;
    private final CodebookAdam adam = CodebookAdam.builder().build();
    private final Trainer trainer;
    private final double startSeconds = cpuSeconds();
    private int replaced;

    VqVae(RunSettings settings, List<float[]> training, List<float[]> heldOut) {
        this.settings = settings;
        this.training = training;
        this.heldOut = heldOut;
        this.variance = SmallImages.variance(training);
        this.encoder = Autoencoder.encoder(settings.hidden());
        this.layer = settings.layer();
        Engine.getInstance().setRandomSeed((int) settings.seed());
        this.model = Model.newInstance("vq-vae");
        model.setBlock(new SequentialBlock().add(encoder).add(layer).add(Autoencoder.decoder(settings.hidden())));
        this.trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss()).optOptimizer(adam));
        trainer.initialize(new Shape(BATCH, SmallImages.CHANNELS, SmallImages.SIDE, SmallImages.SIDE));
    }

    /** Trains, and returns a line of figures every tenth of the updates. */
    List<JsonObject> run() {
        List<JsonObject> lines = new ArrayList<>();
        int perEpoch = training.size() / BATCH;
        List<float[]> order = List.of();
        for (int step = 1; step <= settings.updates(); step++) {
            int at = (step - 1) % perEpoch;
            if (at == 0) {
                order = SmallImages.shuffled(training, settings.seed(), step);
            }
            double loss = update(order.subList(at * BATCH, (at + 1) * BATCH));
            if (settings.replacesAfter(step)) {
                replaced += layer.replaceIdle(adam);
            }
            if (step * EVALUATIONS / settings.updates() > (step - 1) * EVALUATIONS / settings.updates()) {
                lines.add(evaluate(step, loss));
            }
        }
        return lines;
    }

    /** One step; returns the mean squared error of the batch. */
    private double update(List<float[]> images) {
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDArray batch = array(manager, images);
            NDArray error;
            try (GradientCollector gradients = trainer.newGradientCollector()) {
                NDArray output = trainer.forward(new NDList(batch)).singletonOrThrow();
                error = output.sub(batch).square().mean();
                // not div(variance): DJL's PyTorch engine frees such a number before the backward pass reads it
                NDArray loss = error.div(manager.create((float) variance));
                gradients.backward(layer.auxiliaryLoss().map(loss::add).orElse(loss));
            }
            trainer.step();
            layer.endStep();
            return error.getFloat();
        }
    }

    private JsonObject evaluate(int step, double loss) {
        double psnr = 0;
        double ssim = 0;
        double squares = 0;
        for (float[][] pair : reconstructions()) {
            psnr += ImageQuality.psnr(pair[0], pair[1], 1);
            ssim += ImageQuality.ssim(pair[0], pair[1], SmallImages.CHANNELS, SmallImages.SIDE, SmallImages.SIDE, 1);
            for (int i = 0; i < pair[0].length; i++) {
                squares += Math.pow((double) pair[0][i] - pair[1][i], 2) / pair[0].length;
            }
        }
        int n = heldOut.size();
        List<CodeHistogram> unseen = histograms(heldOut);
        List<CodeHistogram> seen = histograms(training);
        JsonObject line = settings.json();
        line.addProperty("step", step);
        line.addProperty("loss", loss);
        line.addProperty("mse", squares / n);
        line.addProperty("psnr", psnr / n);
        line.addProperty("ssim", ssim / n);
        line.addProperty("perplexity", meanPerplexity(unseen));
        line.addProperty("trainPerplexity", meanPerplexity(seen));
        line.addProperty("dead", seen.stream().mapToInt(CodeHistogram::dead).sum());
        line.addProperty("replaced", replaced);
        line.addProperty("cpuSeconds", cpuSeconds() - startSeconds);
        return line;
    }

    private List<float[][]> reconstructions() {
        List<float[][]> pairs = new ArrayList<>();
        for (int from = 0; from < heldOut.size(); from += BATCH) {
            List<float[]> images = heldOut.subList(from, Math.min(from + BATCH, heldOut.size()));
            try (NDManager manager = trainer.getManager().newSubManager()) {
                float[] output = trainer.evaluate(new NDList(array(manager, images)))
                        .singletonOrThrow()
                        .clip(-0.5, 0.5)
                        .toFloatArray();
                for (int i = 0; i < images.size(); i++) {
                    float[] image = new float[SmallImages.VALUES];
                    System.arraycopy(output, i * image.length, image, 0, image.length);
                    pairs.add(new float[][] {images.get(i), image});
                }
            }
        }
        return pairs;
    }

    /** Counts how often latents of images choose each codeword, codebook by codebook. */
    private List<CodeHistogram> histograms(List<float[]> images) {
        int codebooks = layer.codebooks().count();
        double[][] counts = new double[codebooks][layer.codebooks().codewords() / codebooks];
        Quantizer quantizer = layer.quantizer();
        for (int from = 0; from < images.size(); from += BATCH) {
            float[] latents = latents(images.subList(from, Math.min(from + BATCH, images.size())));
            int rows = latents.length / Autoencoder.LATENT;
            int[] indices = new int[rows * codebooks];
            quantizer.encode(latents, 0, rows, indices, 0);
            for (int i = 0; i < indices.length; i++) {
                counts[i % codebooks][indices[i]]++;
            }
        }
        return Stream.of(counts).map(CodeHistogram::new).toList();
    }

    private static double meanPerplexity(List<CodeHistogram> histograms) {
        return histograms.stream()
                .mapToDouble(CodeHistogram::perplexity)
                .average()
                .orElseThrow();
    }

    /** Returns the latents of images, {@value Autoencoder#LATENT} values for each place of each. */
    private float[] latents(List<float[]> images) {
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDList input = new NDList(array(manager, images));
            return encoder.forward(new ParameterStore(manager, false), input, false)
                    .singletonOrThrow()
                    .transpose(0, 2, 3, 1)
                    .toFloatArray();
        }
    }

    private static NDArray array(NDManager manager, List<float[]> images) {
        float[] values = new float[images.size() * SmallImages.VALUES];
        for (int i = 0; i < images.size(); i++) {
            System.arraycopy(images.get(i), 0, values, i * SmallImages.VALUES, SmallImages.VALUES);
        }
        return manager.create(
                values, new Shape(images.size(), SmallImages.CHANNELS, SmallImages.SIDE, SmallImages.SIDE));
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
