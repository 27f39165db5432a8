package io.github.sparknsvq.benchmarks.envelopes;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Log-spectral distortion: of a frame, the root of the mean squared difference over the bands, in dB.
 *
 * @param mean over frames
 * @param over2 share of frames with more than 2 dB
 * @param over4 share of frames with more than 4 dB
 */
record Distortion(double mean, double over2, double over4) {

    /** Compares envelopes in dB with what their codes stand for. */
    static Distortion of(FloatMatrix frames, float[] decoded) {
        int d = frames.columns();
        double sum = 0;
        int over2 = 0;
        int over4 = 0;
        for (int i = 0; i < frames.rows(); i++) {
            double squared = 0;
            for (int j = 0; j < d; j++) {
                double apart = frames.get(i, j) - decoded[i * d + j];
                squared += apart * apart;
            }
            double distortion = Math.sqrt(squared / d);
            sum += distortion;
            over2 += distortion > 2 ? 1 : 0;
            over4 += distortion > 4 ? 1 : 0;
        }
        double n = frames.rows();
        return new Distortion(sum / n, over2 / n, over4 / n);
    }
}
