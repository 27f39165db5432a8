package io.github.sparknsvq.core.io;

import io.github.sparknsvq.core.NsvqException;

/** A file that is truncated, or whose content contradicts itself or its format. */
public final class CorruptFileException extends NsvqException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final String reason;

    /**
     * Makes the error; its message is {@code FILE is corrupt at byte OFFSET: REASON}.
     *
     * @param file path or URI of the file, as the user knows it
     * @param offset where the file stops making sense, in bytes from its start
     * @param reason what is wrong there, and what would be right
     */
    public CorruptFileException(String file, long offset, String reason) {
        super(file + " is corrupt at byte " + offset + ": " + reason);
        this.file = file;
        this.offset = offset;
        this.reason = reason;
    }

    /** Refuses a file as corrupt at an offset unless something holds. */
    static void unless(boolean holds, String file, long offset, String reason) {
        if (!holds) {
            throw new CorruptFileException(file, offset, reason);
        }
    }

    /** Returns the path or URI of the file. */
    public String file() {
        return file;
    }

    /** Returns where the file stops making sense, in bytes from its start. */
    public long offset() {
        return offset;
    }

    /** Returns what is wrong there. */
    public String reason() {
        return reason;
    }
}
