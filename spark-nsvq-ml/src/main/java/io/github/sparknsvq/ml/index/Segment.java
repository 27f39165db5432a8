package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A directory of lists or of deleted ids.
 *
 * @param part the directory that it is in
 * @param number counts the changes of the index
 * @param path where it is
 */
record Segment(String part, int number, Path path) {
    /** How names of segments start; a number follows. */
    static final String PREFIX = "segment=";

    /** No zeros in front: {@code segment=01} would be read for {@code segment=1}. */
    private static final Pattern NAME = Pattern.compile(PREFIX + "(0|[1-9]\\d{0,8})");

    static Segment of(Path root, String part, int number) {
        return new Segment(part, number, new Path(new Path(root, part), PREFIX + number));
    }

    /** Lists the segments of a part, by their numbers. */
    static List<Segment> in(FileSystem files, Path root, String part) throws IOException {
        List<Segment> segments = new ArrayList<>();
        FileStatus[] found;
        try {
            found = files.listStatus(new Path(root, part));
        } catch (FileNotFoundException e) {
            return segments; // nothing was added or deleted yet
        }
        for (FileStatus status : found) {
            String name = status.getPath().getName();
            if (name.startsWith(PREFIX)) {
                NsvqException.unless(
                        NAME.matcher(name).matches(),
                        status.getPath() + " is no segment: its name should end in a number, as in " + PREFIX + "1");
                int number = Integer.parseInt(name.substring(PREFIX.length()));
                segments.add(new Segment(part, number, status.getPath()));
            }
        }
        segments.sort(Comparator.comparingInt(Segment::number));
        return segments;
    }
}
