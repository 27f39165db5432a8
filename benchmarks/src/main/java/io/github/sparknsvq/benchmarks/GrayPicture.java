package io.github.sparknsvq.benchmarks;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Square gray images in a grid, as a PNG. */
final class GrayPicture {
    /** Fewer gray values than 256, which a small file would spend most of its bytes on. */
    private static final int STEP = 8;

    private final BufferedImage pixels;
    private final int side;

    /** Makes a picture without images. */
    GrayPicture(int columns, int rows, int side) {
        this.pixels = new BufferedImage(columns * side, rows * side, BufferedImage.TYPE_BYTE_GRAY);
        this.side = side;
    }

    /** Puts an image of values from 0 to 255 at a place of the grid. */
    void put(int column, int row, float[] values, int offset) {
        for (int i = 0; i < side * side; i++) {
            int level = Math.round(Math.max(0, Math.min(255, values[offset + i])) / STEP);
            pixels.getRaster()
                    .setSample(column * side + i % side, row * side + i / side, 0, Math.min(255, level * STEP));
        }
    }

    /** Writes the file. */
    void write(Path file) throws IOException {
        ImageIO.write(pixels, "png", file.toFile());
    }
}
