package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.evaluation.ImageQuality;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.joint.JointSettings;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Photographs cut into patches of 8 x 8 gray pixels, quantized: PSNR and SSIM of photographs that were not trained on
 * against bits per pixel.
 *
 * <p>Arguments: the folder of the photographs, the folder for pictures, how many photographs to train on (the others
 * are held out), rounds of least squares.
 */
public final class Patches {
    private static final int SIDE = 8;
    private static final int PIXELS = SIDE * SIDE;
    private static final int BEAM = 8;
    private static final int POLISH = 4;
    private static final long SEED = 1;

    /** Codebooks and bits of each: 8 to 64 bits for 64 pixels. */
    private static final int[][] SHAPES = {{1, 8}, {2, 6}, {2, 8}, {4, 6}, {4, 8}, {8, 6}, {8, 8}};

    /** The part of the first held-out photograph that the picture shows. */
    private static final int[] CROP = {320, 160, 192, 128};

    private final List<BufferedImage> trained = new ArrayList<>();
    private final List<BufferedImage> heldOut = new ArrayList<>();
    private final FloatMatrix rows;
    private final Map<String, List<double[]>> curves = new LinkedHashMap<>();
    private final List<BufferedImage> crops = new ArrayList<>();

    private Patches(Path folder, int training) throws IOException {
        List<Path> files;
        try (var list = Files.list(folder)) {
            files = list.filter(file -> file.getFileName().toString().startsWith("kodim"))
                    .sorted()
                    .toList();
        }
        for (int i = 0; i < files.size(); i++) {
            (i < training ? trained : heldOut).add(ImageIO.read(files.get(i).toFile()));
        }
        List<float[]> all = new ArrayList<>();
        for (BufferedImage image : trained) {
            all.add(patches(image));
        }
        int count = all.stream().mapToInt(part -> part.length).sum();
        float[] values = new float[count];
        int at = 0;
        for (float[] part : all) {
            System.arraycopy(part, 0, values, at, part.length);
            at += part.length;
        }
        this.rows = new FloatMatrix(count / PIXELS, PIXELS, values);
        crops.add(crop(patches(heldOut.get(0)), heldOut.get(0)));
    }

    /** Prints the table and writes the pictures. */
    public static void main(String[] args) throws IOException {
        Patches patches = new Patches(Path.of(args[0]), Integer.parseInt(args[2]));
        patches.run(Integer.parseInt(args[3]));
        patches.draw(Path.of(args[1]));
    }

    private void run(int rounds) {
        System.out.printf(
                "# %d photographs (%,d patches) trained on, %d held out%n",
                trained.size(), rows.rows(), heldOut.size());
        System.out.printf(
                "%-10s %9s %8s %8s %8s %8s%n", "quantizer", "codebooks", "bits/px", "PSNR dB", "SSIM", "train s");
        for (int[] shape : SHAPES) {
            try (Trainer trainer = new Trainer(rows, shape[0], shape[1], SEED)) {
                if (shape[0] == 1) {
                    measure("VQ", shape, trainer::defaultParts, false);
                    continue;
                }
                boolean shown = shape[0] == 4 && shape[1] == 8;
                measure("PVQ", shape, trainer::defaultParts, shown);
                measure("PVQ, OPQ", shape, trainer::rotatedParts, shown);
                float[] levels = trainer.defaultLevels();
                JointSettings residual = JointSettings.residual().withBeam(BEAM).withRounds(rounds);
                measure("RVQ", shape, () -> new ResidualQuantizer(trainer.jointly(levels, residual), BEAM), shown);
                JointSettings additive =
                        JointSettings.additive().withBeam(2 * BEAM).withRounds(rounds);
                measure(
                        "AVQ",
                        shape,
                        () -> new AdditiveQuantizer(trainer.jointly(levels, additive), 2 * BEAM, POLISH),
                        shown);
            }
        }
    }

    private interface Training {
        Quantizer run();
    }

    private void measure(String name, int[] shape, Training training, boolean shown) {
        double began = Cpu.seconds();
        Quantizer quantizer = training.run();
        double seconds = Cpu.seconds() - began;
        double psnr = 0;
        double ssim = 0;
        for (BufferedImage image : heldOut) {
            float[] patches = patches(image);
            int count = patches.length / PIXELS;
            byte[] codes = quantizer.encode(new FloatMatrix(count, PIXELS, patches));
            float[] decoded = quantizer.decode(codes, count).values();
            float[] original = plane(patches, image.getWidth());
            float[] coded = plane(decoded, image.getWidth());
            psnr += ImageQuality.psnr(original, coded, 255) / heldOut.size();
            ssim += ImageQuality.ssim(original, coded, 1, image.getHeight(), image.getWidth(), 255) / heldOut.size();
            if (shown && image == heldOut.get(0)) {
                crops.add(crop(decoded, image));
            }
        }
        double bitsPerPixel = (double) shape[0] * shape[1] / PIXELS;
        curves.computeIfAbsent(name, any -> new ArrayList<>()).add(new double[] {bitsPerPixel, psnr, ssim});
        System.out.printf(
                Locale.ROOT,
                "%-10s %9s %8.4f %8.2f %8.4f %8.1f%n",
                name,
                shape[0] + " x " + shape[1],
                bitsPerPixel,
                psnr,
                ssim,
                seconds);
        System.out.flush();
    }

    /** The luminance (ITU-R BT.601) of an image, patch after patch. */
    private static float[] patches(BufferedImage image) {
        int across = image.getWidth() / SIDE;
        float[] values = new float[image.getWidth() * image.getHeight()];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                float gray = 0.299f * (rgb >> 16 & 255) + 0.587f * (rgb >> 8 & 255) + 0.114f * (rgb & 255);
                int patch = y / SIDE * across + x / SIDE;
                values[patch * PIXELS + y % SIDE * SIDE + x % SIDE] = gray;
            }
        }
        return values;
    }

    /** Patches put together, with values that an image can have. */
    private static float[] plane(float[] patches, int width) {
        int across = width / SIDE;
        float[] plane = new float[patches.length];
        for (int i = 0; i < patches.length; i++) {
            int patch = i / PIXELS;
            int y = patch / across * SIDE + i % PIXELS / SIDE;
            int x = patch % across * SIDE + i % SIDE;
            plane[y * width + x] = Math.round(Math.max(0, Math.min(255, patches[i])));
        }
        return plane;
    }

    private static BufferedImage crop(float[] patches, BufferedImage image) {
        float[] plane = plane(patches, image.getWidth());
        BufferedImage crop = new BufferedImage(CROP[2], CROP[3], BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < CROP[3]; y++) {
            for (int x = 0; x < CROP[2]; x++) {
                int at = (CROP[1] + y) * image.getWidth() + CROP[0] + x;
                crop.getRaster().setSample(x, y, 0, Math.round(plane[at]));
            }
        }
        return crop;
    }

    private void draw(Path folder) throws IOException {
        BufferedImage row = new BufferedImage(CROP[2] * crops.size(), CROP[3], BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < crops.size(); i++) {
            row.getRaster().setRect(i * CROP[2], 0, crops.get(i).getRaster());
        }
        ImageIO.write(row, "png", folder.resolve("patches.png").toFile());
        Files.writeString(folder.resolve("patches.svg"), chart());
    }

    /** PSNR and SSIM against bits per pixel. */
    private String chart() {
        StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 360\" ")
                .append("font-family=\"sans-serif\" font-size=\"13\">\n")
                .append("<rect width=\"820\" height=\"360\" fill=\"#fff\"/>\n");
        panel(svg, 50, "PSNR, dB", 1, 20, 34, 2);
        panel(svg, 460, "SSIM", 2, .4, 1, .1);
        return svg.append("</svg>\n").toString();
    }

    private void panel(StringBuilder svg, int left, String title, int column, double low, double high, double step) {
        String[] colors = {"#222", "#c33", "#e90", "#27c", "#292"};
        int width = 300;
        int height = 280;
        svg.append(text(left, 20, title + " against bits per pixel"));
        for (double y = low; y < high + step / 2; y += step) {
            double at = 310 - height * (y - low) / (high - low);
            svg.append(line(left, at, left + width, at));
            svg.append(text(left - 38, at + 4, String.format(Locale.ROOT, column == 1 ? "%.0f" : "%.1f", y)));
        }
        for (int x = 0; x <= 4; x++) {
            svg.append(text(left + x * width / 4.0 - 8, 330, String.format(Locale.ROOT, "%.2f", x / 4.0)));
        }
        int i = 0;
        for (Map.Entry<String, List<double[]>> curve : curves.entrySet()) {
            StringBuilder points = new StringBuilder();
            for (double[] point : curve.getValue()) {
                double x = left + width * point[0];
                double y = 310 - height * (point[column] - low) / (high - low);
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
                svg.append(String.format(
                        Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, colors[i]));
            }
            svg.append("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"" + colors[i] + "\" points=\"" + points
                    + "\"/>\n");
            svg.append(text(left + width - 70, 230 + 16 * i, curve.getKey(), colors[i]));
            i++;
        }
    }

    private static String line(double x1, double y1, double x2, double y2) {
        return String.format(
                Locale.ROOT, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"#ccc\" fill=\"none\"/>%n", x1, y1, x2, y2);
    }

    private static String text(double x, double y, String text) {
        return text(x, y, text, "#222");
    }

    private static String text(double x, double y, String text, String color) {
        return String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>%n", x, y, color, text);
    }
}
