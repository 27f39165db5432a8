package io.github.sparknsvq.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.sparknsvq.core.noise.Draws;

/** What a layer gives for latents in training, in the engine's operations: it finds the gradients. */
final class Substitution {
    private static final int[] ROW = {1};

    private Substitution() {}

    /** Returns {@code x + ||x - c|| v / ||v||}. */
    static NDArray noise(NDArray rows, NDArray chosen, Draws.Rows draws) {
        try (NDArray direction = unit(gaussian(rows, draws))) {
            return rows.add(length(rows.sub(chosen)).mul(direction));
        }
    }

    /** Returns {@code x + ||x - c|| sg(n / ||n||)} with {@code n = c - x + sigma v}. */
    static NDArray disturbedStep(NDArray rows, NDArray chosen, float sigma, Draws.Rows draws) {
        NDArray step = chosen.sub(rows);
        NDArray direction = step.stopGradient();
        if (sigma > 0) {
            direction = direction.add(gaussian(rows, draws).mul(sigma));
        }
        return rows.add(length(step).mul(unit(direction)));
    }

    /** Returns the codewords, with the gradient of the latents. */
    static NDArray straightThrough(NDArray rows, NDArray chosen) {
        return rows.add(chosen.sub(rows).stopGradient());
    }

    /** Returns {@code mean (sg(x) - c)^2 + beta mean (x - sg(c))^2}, or the second term alone. */
    static NDArray loss(NDArray rows, NDArray chosen, boolean ofCodewords, float commitment) {
        // not mul(commitment): DJL's PyTorch engine frees such a number before the backward pass reads it
        NDArray beta = rows.getManager().create(commitment);
        NDArray committed = rows.sub(chosen.stopGradient()).square().mean().mul(beta);
        return ofCodewords ? rows.stopGradient().sub(chosen).square().mean().add(committed) : committed;
    }

    /** Returns the lengths of rows, {@code N x 1}; a row of zeros has the gradient 0: a square root has none. */
    private static NDArray length(NDArray rows) {
        NDArray squares = rows.square().sum(ROW, true);
        NDArray zero = squares.eq(0).toType(DataType.FLOAT32, false);
        return squares.add(zero).sqrt().mul(zero.sub(1).neg());
    }

    /** Returns rows of length 1; those of zeros stay. */
    private static NDArray unit(NDArray rows) {
        NDArray lengths = rows.square().sum(ROW, true).sqrt();
        return rows.div(lengths.add(lengths.eq(0).toType(DataType.FLOAT32, false)));
    }

    private static NDArray gaussian(NDArray rows, Draws.Rows draws) {
        Shape shape = rows.getShape();
        float[] values = new float[(int) shape.size()];
        double[] row = new double[(int) shape.get(1)];
        for (int i = 0; i < shape.get(0); i++) {
            draws.gaussian(i, row);
            for (int j = 0; j < row.length; j++) {
                values[i * row.length + j] = (float) row[j];
            }
        }
        return rows.getManager().create(values, shape);
    }
}
