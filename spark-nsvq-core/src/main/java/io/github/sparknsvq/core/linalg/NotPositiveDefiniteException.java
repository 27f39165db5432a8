package io.github.sparknsvq.core.linalg;

import io.github.sparknsvq.core.NsvqException;

/** A system of equations that has no stable solution, even when its matrix is moved a little. */
final class NotPositiveDefiniteException extends NsvqException {
    private static final long serialVersionUID = 1L;

    NotPositiveDefiniteException(String message) {
        super(message);
    }
}
