package io.github.sparknsvq.ml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Damage to one file or directory of something saved.
 *
 * @param kind what is done
 * @param name of the file or directory, relative to what is saved
 * @param seed of the place in it
 * @param withCrc whether the checksums that Hadoop's local file system keeps beside files are left: copies by rsync
 *     or S3 drop them
 */
record Mutation(Kind kind, String name, long seed, boolean withCrc) {
    /** What can happen to a file or a directory. */
    enum Kind {
        DELETE,
        DELETE_WITH_CRC,
        TRUNCATE_TO_NOTHING,
        TRUNCATE_BY_ONE_BYTE,
        TRUNCATE_TO_HALF,
        APPEND_A_BYTE,
        FLIP_A_BIT,
        ZERO_A_BLOCK,
        DUPLICATE,
        SWAP_TWO,
        DELETE_DIRECTORY,
        COPY_SEGMENT
    }

    private static final List<Kind> AT_RANDOM_PLACES = List.of(Kind.FLIP_A_BIT, Kind.ZERO_A_BLOCK);

    private static final List<Kind> OF_DIRECTORIES = List.of(Kind.DELETE_DIRECTORY, Kind.COPY_SEGMENT);

    /** All mutations of all files and directories, those at random places {@code places} times. */
    static List<Mutation> of(Path root, int places, boolean withCrc) throws IOException {
        List<Mutation> all = new ArrayList<>();
        for (Path path : EarlierRevisionFiles.below(root)) {
            String name = root.relativize(path).toString();
            if (Files.isDirectory(path)) {
                all.add(new Mutation(Kind.DELETE_DIRECTORY, name, 0, withCrc));
                if (path.getFileName().toString().startsWith("segment=")) {
                    all.add(new Mutation(Kind.COPY_SEGMENT, name, 0, withCrc));
                    all.add(new Mutation(Kind.COPY_SEGMENT, name, 1, withCrc));
                }
            } else if (!isCrc(path)) {
                for (Kind kind : Kind.values()) {
                    int times = OF_DIRECTORIES.contains(kind) ? 0 : AT_RANDOM_PLACES.contains(kind) ? places : 1;
                    for (int seed = 0; seed < times; seed++) {
                        all.add(new Mutation(kind, name, seed, withCrc));
                    }
                }
            }
        }
        return all;
    }

    boolean isOfDirectory() {
        return OF_DIRECTORIES.contains(kind);
    }

    static boolean isCrc(Path path) {
        return path.getFileName().toString().matches("\\..*\\.crc");
    }

    private static Path crc(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".crc");
    }

    /** Does the damage; returns false if nothing is other than before. */
    boolean apply(Path root) throws IOException {
        Path path = root.resolve(name);
        if (!withCrc) {
            for (Path file : EarlierRevisionFiles.below(root)) {
                if (isCrc(file)) {
                    Files.delete(file);
                }
            }
        }
        switch (kind) {
            case DELETE -> Files.delete(path);
            case DELETE_WITH_CRC -> {
                Files.delete(path);
                return Files.deleteIfExists(crc(path));
            }
            case DELETE_DIRECTORY -> EarlierRevisionFiles.delete(path);
            case DUPLICATE -> Files.copy(path, second(path));
            case COPY_SEGMENT -> EarlierRevisionFiles.copy(path, copyOfSegment(root, path));
            case SWAP_TWO -> {
                return swap(root, path);
            }
            default -> {
                return rewrite(path);
            }
        }
        return true;
    }

    private Path copyOfSegment(Path root, Path path) {
        String part = seed == 0 ? path.getParent().getFileName().toString() : "deleted";
        return root.resolve(part + "/segment=" + (seed == 0 ? 99 : 7));
    }

    /** Returns the files and directories one of which an error should name: those that are not as they were. */
    List<Path> changed(Path root) throws IOException {
        Path path = root.resolve(name);
        return switch (kind) {
            case DUPLICATE -> List.of(second(path));
            case COPY_SEGMENT -> List.of(copyOfSegment(root, path));
            case SWAP_TWO -> List.of(path, other(root, path).orElse(path));
            default -> List.of(path);
        };
    }

    private static Path second(Path path) {
        String file = path.getFileName().toString();
        String number = file.replaceFirst("(commit|part)-\\d+", "$1-99");
        int dot = file.lastIndexOf('.');
        return path.resolveSibling(
                !number.equals(file)
                        ? number
                        : dot < 0 ? file + "2" : file.substring(0, dot) + "2" + file.substring(dot));
    }

    /** Finds the next file of the same part of what is saved and with the same ending. */
    private Optional<Path> other(Path root, Path path) throws IOException {
        String ending = name.substring(Math.max(0, name.lastIndexOf('.')));
        List<Path> others = EarlierRevisionFiles.below(root).stream()
                .filter(other -> Files.isRegularFile(other) && !other.equals(path) && !isCrc(other))
                .filter(other -> other.toString().endsWith(ending)
                        && root.relativize(other)
                                .getName(0)
                                .equals(root.relativize(path).getName(0)))
                .toList();
        return others.stream()
                .filter(one -> one.compareTo(path) > 0)
                .findFirst()
                .or(() -> others.stream().findFirst());
    }

    /** Swaps a file and another one. */
    private boolean swap(Path root, Path path) throws IOException {
        Path other = other(root, path).orElse(null);
        if (other == null) {
            return false;
        }
        byte[] bytes = Files.readAllBytes(path);
        byte[] otherBytes = Files.readAllBytes(other);
        Files.write(path, otherBytes);
        Files.write(other, bytes);
        return !Arrays.equals(bytes, otherBytes);
    }

    private boolean rewrite(Path path) throws IOException {
        byte[] before = Files.readAllBytes(path);
        int length = before.length;
        Random random = new Random(31 * seed + name.hashCode());
        byte[] after = switch (kind) {
            case TRUNCATE_TO_NOTHING -> new byte[0];
            case TRUNCATE_BY_ONE_BYTE -> Arrays.copyOf(before, Math.max(0, length - 1));
            case TRUNCATE_TO_HALF -> Arrays.copyOf(before, length / 2);
            case APPEND_A_BYTE -> Arrays.copyOf(before, length + 1);
            default -> before.clone();
        };
        if (length > 0 && kind == Kind.FLIP_A_BIT) {
            after[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
        } else if (length > 0 && kind == Kind.ZERO_A_BLOCK) {
            int from = random.nextInt(length);
            Arrays.fill(after, from, Math.min(length, from + 1 + random.nextInt(64)), (byte) 0);
        }
        Files.write(path, after);
        return !Arrays.equals(before, after);
    }
}
