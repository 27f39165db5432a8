package io.github.sparknsvq.core.evaluation;

/**
 * How near an image is to its original: peak signal-to-noise ratio and structural similarity (Wang, Bovik, Sheikh and
 * Simoncelli, IEEE Trans. Image Processing 2004).
 *
 * <p>Images are planes, one channel after the other, each row after row: pixel {@code (y, x)} of channel {@code c} is
 * at {@code (c * height + y) * width + x}. Figures for many images are usually means of these over the images.
 */
public final class ImageQuality {
    /** Side of the window of {@link #ssim}, in pixels: images must be at least as high and as wide. */
    public static final int SSIM_WINDOW = 11;

    private static final double SIGMA = 1.5;
    private static final double K1 = 0.01;
    private static final double K2 = 0.03;
    private static final double[] GAUSSIAN = gaussian();

    private ImageQuality() {}

    /**
     * Returns the peak signal-to-noise ratio in dB, {@code 10 log10(peak^2 / MSE)}, with the mean over all values of
     * all channels; infinite if the images are equal.
     *
     * @param original its values
     * @param image as many values
     * @param peak the range of the values, such as 1 or 255
     * @throws IllegalArgumentException if the lengths differ or are 0, or the peak is not above 0
     */
    public static double psnr(float[] original, float[] image, double peak) {
        check(original, image, peak);
        double sum = 0;
        for (int i = 0; i < original.length; i++) {
            double difference = (double) original[i] - image[i];
            sum += difference * difference;
        }
        return 10 * Math.log10(peak * peak / (sum / original.length));
    }

    /**
     * Returns the structural similarity, at most 1, of images of one or several channels: the mean over channels and
     * over all places of a window of 11 x 11 pixels that lie inside the image, with Gaussian weights of standard
     * deviation 1.5, {@code K1 = .01} and {@code K2 = .03}.
     *
     * @param original {@code channels * height * width} values
     * @param image as many values
     * @param channels their number
     * @param height rows of each channel, {@value #SSIM_WINDOW} or more
     * @param width columns of each channel, {@value #SSIM_WINDOW} or more
     * @param peak the range of the values, such as 1 or 255
     * @throws IllegalArgumentException if the sizes do not fit together, or the peak is not above 0
     */
    public static double ssim(float[] original, float[] image, int channels, int height, int width, double peak) {
        check(original, image, peak);
        if (channels < 1 || height < SSIM_WINDOW || width < SSIM_WINDOW) {
            throw new IllegalArgumentException("SSIM needs a channel or more of at least 11 x 11 pixels, got "
                    + channels + " of " + height + " x " + width);
        }
        if (original.length != (long) channels * height * width) {
            throw new IllegalArgumentException(channels + " channels of " + height + " x " + width
                    + " pixels need another number of values than " + original.length);
        }
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            sum += ofChannel(original, image, c * height * width, height, width, peak);
        }
        return sum / channels;
    }

    private static double ofChannel(float[] original, float[] image, int offset, int height, int width, double peak) {
        double[] x = plane(original, offset, height * width);
        double[] y = plane(image, offset, height * width);
        double[] meanX = smoothed(x, height, width);
        double[] meanY = smoothed(y, height, width);
        double[] squareX = smoothed(product(x, x), height, width);
        double[] squareY = smoothed(product(y, y), height, width);
        double[] both = smoothed(product(x, y), height, width);
        double c1 = K1 * peak * K1 * peak;
        double c2 = K2 * peak * K2 * peak;
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double means = meanX[i] * meanY[i];
            double squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
            double covariance = both[i] - means;
            double variances = squareX[i] + squareY[i] - squares;
            sum += (2 * means + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2));
        }
        return sum / meanX.length;
    }

    private static double[] plane(float[] values, int offset, int size) {
        double[] plane = new double[size];
        for (int i = 0; i < size; i++) {
            plane[i] = values[offset + i];
        }
        return plane;
    }

    private static double[] product(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    /** Returns the weighted means of the windows that lie inside the plane, along rows and then along columns. */
    private static double[] smoothed(double[] plane, int height, int width) {
        int across = width - SSIM_WINDOW + 1;
        int down = height - SSIM_WINDOW + 1;
        double[] rows = new double[height * across];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < across; x++) {
                rows[y * across + x] = weighted(plane, y * width + x, 1);
            }
        }
        double[] means = new double[down * across];
        for (int i = 0; i < means.length; i++) {
            means[i] = weighted(rows, i, across);
        }
        return means;
    }

    private static double weighted(double[] values, int from, int stride) {
        double sum = 0;
        for (int i = 0; i < SSIM_WINDOW; i++) {
            sum += GAUSSIAN[i] * values[from + i * stride];
        }
        return sum;
    }

    private static double[] gaussian() {
        double[] weights = new double[SSIM_WINDOW];
        double sum = 0;
        for (int i = 0; i < SSIM_WINDOW; i++) {
            double at = (i - SSIM_WINDOW / 2) / SIGMA;
            weights[i] = Math.exp(-at * at / 2);
            sum += weights[i];
        }
        for (int i = 0; i < SSIM_WINDOW; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    private static void check(float[] original, float[] image, double peak) {
        if (original.length == 0 || original.length != image.length) {
            throw new IllegalArgumentException(
                    "an image of " + image.length + " values cannot be compared with one of " + original.length);
        }
        if (!(peak > 0)) {
            throw new IllegalArgumentException("the peak must be above 0, got " + peak);
        }
    }
}
