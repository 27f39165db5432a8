package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/** A layer whose rows have nothing to do with one another. */
abstract class RowLayer implements Layer {
    private final Codebooks codebooks;

    RowLayer(Codebooks codebooks) {
        this.codebooks = codebooks;
    }

    @Override
    public final Codebooks codebooks() {
        return codebooks;
    }

    @Override
    public final Forward forward(Parameters parameters, FloatMatrix rows, long step, long firstRow) {
        NsvqException.unless(
                takesWeights() || parameters.weights() == null, getClass().getSimpleName() + " takes no weights");
        codebooks.checkRows(rows);
        return new Forward(this, parameters, rows, step, firstRow);
    }

    /** Whether the distance may have weights. */
    boolean takesWeights() {
        return false;
    }

    /** Whether rows choose segments between codewords in training, rather than codewords. */
    boolean choosesSegments() {
        return false;
    }

    /** Finds what the rows choose, or makes room where the pass itself does. */
    int[] choose(Parameters parameters, FloatMatrix rows, long step) {
        return codebooks.encode(parameters, rows);
    }

    /** Makes what computes the rows of one forward pass and its backward pass. */
    abstract RowPass pass(Parameters parameters, long step);

    static void checkShare(String what, double value) {
        NsvqException.unless(
                value >= 0 && Double.isFinite(value), what + " = " + value + ": must be 0 or more and finite");
    }
}
