package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageQualityTest {

    /**
     * What scikit-image 0.26 says of the same values: {@code peak_signal_noise_ratio} and {@code
     * structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)} with {@code data_range}.
     */
    @ParameterizedTest
    @CsvSource({
        "1, 11, 11, 255, 19.890312147576708, 0.8730850303144274",
        "3, 13, 17, 255, 19.545969787168428, 0.9178751946109417",
        "3, 32, 32, 1, 19.490700609122097, 0.9059592955821026",
    })
    void agreesWithScikitImage(int channels, int height, int width, double peak, double psnr, double ssim) {
        float[] original = new float[channels * height * width];
        float[] image = original.clone();
        for (int i = 0; i < original.length; i++) {
            int value = (i * i * 7 + i * 13) % 256;
            original[i] = (float) (value * (peak / 255));
            image[i] = (float) ((value * 3 + (i * 31) % 256) / 4.0 * (peak / 255));
        }
        assertEquals(psnr, ImageQuality.psnr(original, image, peak), 1e-5);
        assertEquals(ssim, ImageQuality.ssim(original, image, channels, height, width, peak), 1e-6);
    }

    @Test
    void equalImagesAreAlike() {
        float[] image = new float[121];
        image[60] = 1;
        assertEquals(Double.POSITIVE_INFINITY, ImageQuality.psnr(image, image, 1));
        assertEquals(1, ImageQuality.ssim(image, image, 1, 11, 11, 1));
    }

    @Test
    void refusesWhatCannotBeCompared() {
        float[] image = new float[121];
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.psnr(image, new float[120], 1));
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.psnr(new float[0], new float[0], 1));
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.psnr(image, image, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.ssim(image, image, 1, 10, 12, 1));
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.ssim(image, image, 1, 11, 12, 1));
        assertThrows(IllegalArgumentException.class, () -> ImageQuality.ssim(image, image, 0, 11, 11, 1));
    }
}
