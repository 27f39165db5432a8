package io.github.sparknsvq.core;

/**
 * Base of every error whose message is meant for the user.
 *
 * <p>The message is one clear sentence: what went wrong, where, and what would have been right. The command line
 * prints it alone, without a stack trace. It is an {@code IllegalArgumentException}, since PySpark shows the message
 * of such alone, too.
 */
public class NsvqException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an error from its sentence.
     *
     * @param message what went wrong, where, and what would be right
     */
    public NsvqException(String message) {
        super(message);
    }

    /**
     * Makes an error from its sentence and what caused it.
     *
     * @param message what went wrong, where, and what would be right
     * @param cause the error underneath, kept for the stack trace
     */
    public NsvqException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Refuses what a user asked for, unless a condition holds.
     *
     * @param message what went wrong, where, and what would be right
     * @throws NsvqException with this message, if it does not hold
     */
    public static void unless(boolean holds, String message) {
        if (!holds) {
            throw new NsvqException(message);
        }
    }
}
