package io.github.sparknsvq.ml;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Directories of a corpus: packed, unpacked, copied. */
final class EarlierRevisionFiles {
    /** The revision whose corpus is the oldest: not all that later ones save was there. */
    static final String FIRST = "74fca4f";

    /** Releases and revisions that {@code saved-by-NAME.zip} is there of; a new release is added at the end. */
    private static final List<String> REVISIONS = List.of(FIRST, "0.2.0");

    private EarlierRevisionFiles() {}

    static List<String> revisions() {
        return REVISIONS;
    }

    /** Unpacks the corpus of a revision. */
    static void unpack(String revision, Path to) throws IOException {
        try (InputStream resource = EarlierRevisionFiles.class.getResourceAsStream("/saved-by-" + revision + ".zip");
                ZipInputStream zip = new ZipInputStream(resource)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path target = to.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(zip, target);
                }
            }
        }
    }

    /** Packs a directory, empty ones in it, too, always in the same order. */
    static void pack(Path directory, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(9);
            for (Path path : below(directory)) {
                boolean nested = Files.isDirectory(path);
                ZipEntry entry = new ZipEntry(directory.relativize(path) + (nested ? "/" : ""));
                entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0));
                zip.putNextEntry(entry);
                if (!nested) {
                    Files.copy(path, zip);
                }
            }
        }
    }

    /** Returns all that is below a directory, each directory before what is in it. */
    static List<Path> below(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(path -> !path.equals(directory)).sorted().toList();
        }
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path path : below(from)) {
            Files.copy(path, to.resolve(from.relativize(path).toString()));
        }
    }

    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            for (Path path :
                    below(directory).stream().sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
            Files.delete(directory);
        }
    }

    /** Makes what is saved in a directory what a revision without manifests would have written. */
    static void withoutManifests(Path directory) throws IOException {
        for (Path path : below(directory)) {
            String name = path.getFileName().toString();
            String parent = path.getParent().getFileName().toString();
            if (name.equals("manifest")) {
                delete(path);
            } else if (name.equals("_manifest") || name.equals("._manifest.crc")) {
                Files.delete(path);
            } else if (parent.equals("metadata") && name.startsWith("part-")) {
                Files.writeString(path, Files.readString(path).replace(",\"manifest\":\"true\"", ""));
                Files.deleteIfExists(path.resolveSibling("." + name + ".crc"));
            }
        }
    }

    /** Returns the names of what a directory of the corpus holds: each has its JSON beside it. */
    static List<String> described(Path directory) {
        List<String> names = names(directory, ".json");
        return names.stream().filter(name -> !name.contains("/")).toList();
    }

    /** Returns the names of all files with some ending below a directory, without it; none if it is not there. */
    static List<String> names(Path directory, String ending) {
        try {
            return Files.exists(directory)
                    ? below(directory).stream()
                            .map(path -> directory.relativize(path).toString())
                            .filter(name -> name.endsWith(ending))
                            .map(name -> name.substring(0, name.length() - ending.length()))
                            .sorted()
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
