package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * A quantizer as a layer of a network: forward and backward. An encoder gives rows {@code x} of dimension {@code D},
 * the layer replaces each by {@code x'}, and a decoder goes on from there.
 *
 * <p>A layer holds no parameters: it is given them at each pass, so that they may live in a framework's arrays. It
 * may be used by several threads at once. Rows, codewords and gradients should be finite: a row with a NaN gives NaN
 * for itself and for the codewords that it chose.
 *
 * <pre>{@code
 * Layer layer = NoiseSubstitution.nsvq(Codebooks.one(256, 64), seed);
 * Parameters parameters = Parameters.of(codewords);           // 256 x 64, trained by an optimizer
 * Forward forward = layer.forward(parameters, rows, step);    // x' is forward.output()
 * Gradients gradients = forward.backward(downstream);         // downstream is dL/dx'
 * }</pre>
 */
public interface Layer {

    /** Returns the shape of the codebooks. */
    Codebooks codebooks();

    /**
     * The forward pass of training.
     *
     * @param parameters the codewords, copied, and the weights where the layer takes any
     * @param rows the rows {@code x}, {@code N x D}; {@code N} may be 0; not copied, and not to change before the
     *     backward pass
     * @param step number of the update, from which the random numbers follow
     * @param firstRow the number of the first row within its batch: a batch that is cut into parts gives for each
     *     part what it gives as a whole
     * @return the output, and what the backward pass needs
     * @throws NsvqException if a shape does not fit, or there are weights and the layer takes none
     */
    Forward forward(Parameters parameters, FloatMatrix rows, long step, long firstRow);

    /** The forward pass of training for a whole batch, as {@link #forward(Parameters, FloatMatrix, long, long)}. */
    default Forward forward(Parameters parameters, FloatMatrix rows, long step) {
        return forward(parameters, rows, step, 0);
    }

    /**
     * The pass of inference, alike for all layers: each row becomes its nearest codeword, or what the quantizer of
     * several codebooks finds.
     *
     * @param parameters the codewords and weights
     * @param rows the rows {@code x}, {@code N x D}; {@code N} may be 0
     * @throws NsvqException if a shape does not fit
     */
    default Quantized infer(Parameters parameters, FloatMatrix rows) {
        return codebooks().quantize(parameters, rows);
    }
}
