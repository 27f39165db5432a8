package io.github.sparknsvq.core.io;

import static java.nio.file.StandardOpenOption.CREATE_NEW;

import io.github.sparknsvq.core.NsvqException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** What files of all formats have in common on the local file system: how they are written, and what errors say. */
public final class LocalFiles {
    private LocalFiles() {}

    /** Writes the bytes of a file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all there is.
         *
         * @param out buffered; closed by the caller
         * @throws IOException if the stream fails
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a file whole or not at all: beside its place first, then renamed.
     *
     * @param file must not exist
     * @param content writes what the file is to hold
     * @throws NsvqException if the file exists already or cannot be written
     */
    public static void write(Path file, Content content) {
        Path place = file.toAbsolutePath();
        // Not Files.createTempFile, whose files nobody else may read.
        Path beside = place.resolveSibling("." + place.getFileName() + "-" + UUID.randomUUID() + ".tmp");
        try {
            if (Files.exists(place)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(beside, CREATE_NEW), 1 << 20)) {
                content.writeTo(out);
            }
            Files.move(beside, place);
        } catch (IOException e) {
            throw new NsvqException("cannot write " + file + ": " + reason(e), e);
        } finally {
            deleteQuietly(beside);
        }
    }

    private static void deleteQuietly(Path beside) {
        try {
            Files.deleteIfExists(beside);
        } catch (IOException e) {
            // The first error says more than this one would.
        }
    }

    /** Returns the error that says why a file cannot be read. */
    public static NsvqException cannotRead(Path file, IOException e) {
        return new NsvqException("cannot read " + file + ": " + reason(e), e);
    }

    /** The message of a file system exception is often only the file's name; its class says what happened. */
    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "it exists already";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
