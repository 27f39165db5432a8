package io.github.sparknsvq.benchmarks.network;

import io.github.sparknsvq.core.training.rows.SeededHash;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;

/** CIFAR-10 images of 32 x 32 pixels in three channels, from sheets of one image a row. */
final class SmallImages {
    static final int SIDE = 32;
    static final int CHANNELS = 3;
    static final int VALUES = CHANNELS * SIDE * SIDE;

    private SmallImages() {}

    /**
     * Reads the images of both sheets.
     *
     * @return {@value #VALUES} values in [-.5, .5] for each, channel after channel
     */
    static List<float[]> read(Path folder) throws IOException {
        List<float[]> images = new ArrayList<>();
        for (int sheet = 0; sheet < 2; sheet++) {
            Path file = folder.resolve("cifar10_batch_" + sheet + ".png");
            BufferedImage rows = ImageIO.read(file.toFile());
            for (int row = 0; row < rows.getHeight(); row++) {
                images.add(image(rows, row));
            }
        }
        return images;
    }

    private static float[] image(BufferedImage rows, int row) {
        int pixels = SIDE * SIDE;
        int[] rgb = rows.getRGB(0, row, pixels, 1, null, 0, pixels);
        float[] image = new float[VALUES];
        for (int i = 0; i < pixels; i++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                image[channel * pixels + i] = ((rgb[i] >> (16 - 8 * channel)) & 255) / 255f - 0.5f;
            }
        }
        return image;
    }

    /** Returns the images in an order that follows from a seed. */
    static List<float[]> shuffled(List<float[]> images, long seed, long epoch) {
        List<float[]> order = new ArrayList<>(images);
        Collections.shuffle(order, SeededHash.random(seed, 0, epoch));
        return order;
    }

    /** Returns the variance of all values. */
    static double variance(List<float[]> images) {
        double sum = 0;
        double squares = 0;
        for (float[] image : images) {
            for (float value : image) {
                sum += value;
                squares += (double) value * value;
            }
        }
        double mean = sum / images.size() / VALUES;
        return squares / images.size() / VALUES - mean * mean;
    }
}
