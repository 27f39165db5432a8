package io.github.sparknsvq.ml.vectors;

import io.github.sparknsvq.core.NsvqException;

/** Says which vectors of which column cannot be used, and why. */
public class InvalidVectorException extends NsvqException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the error from its sentence.
     *
     * @param message column, row or number of rows, and reason
     */
    public InvalidVectorException(String message) {
        super(message);
    }
}
