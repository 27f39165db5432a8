package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.SavedFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Which segments an index consists of, and whether they are what its manifest says. The manifest of the newest commit
 * names the segments; one that follows it and says so itself counts, too: then the commit's last step, the manifest,
 * is missing, and the next commit writes it.
 *
 * @param manifest of the newest commit; null for an index of an earlier revision
 * @param live the segments that count, lists before deleted ids, each by number
 * @param base the segment that took the place of all before it, or 0
 * @param next the number of the next segment
 */
record IndexState(Manifest manifest, List<SegmentManifest> live, int base, int next) {

    /** What is there by name, for {@link #read} to look into; the same twice if nothing was changed in between. */
    record Listing(OptionalInt commit, List<Segment> segments) {
        static Listing of(FileSystem files, Path root) throws IOException {
            OptionalInt commit = Manifest.newest(files, root);
            List<Segment> segments = new ArrayList<>(Segment.in(files, root, IndexDirectory.LISTS));
            segments.addAll(Segment.in(files, root, IndexDirectory.DELETED));
            return new Listing(commit, segments);
        }

        /** Returns the number of the next segment. */
        int next() {
            return segments.stream().mapToInt(Segment::number).max().orElse(-1) + 1;
        }
    }

    /**
     * Reads the manifest and what the segments say of themselves; list files are not looked for.
     *
     * @throws NsvqException if what they say is damaged, or not the same
     */
    static IndexState read(FileSystem files, Path root, Listing listing) throws IOException {
        if (listing.commit().isEmpty()) {
            return ofEarlier(files, root, listing);
        }
        Manifest manifest = Manifest.read(files, root, listing.commit().getAsInt());
        List<SegmentManifest> named = SegmentManifest.fromEntries(manifest.segments());
        List<SegmentManifest> added = added(files, listing, manifest.commit());
        int base = base(Stream.concat(named.stream(), added.stream()));
        List<SegmentManifest> live = new ArrayList<>();
        for (SegmentManifest entry : named) {
            if (entry.number() >= base) {
                live.add(named(files, root, listing, entry));
            }
        }
        added.stream().filter(segment -> segment.number() >= base).forEach(live::add);
        for (Segment segment : listing.segments()) {
            NsvqException.unless(
                    segment.number() < base || live.stream().anyMatch(one -> one.is(segment)),
                    segment.path() + " does not belong there: the manifest of commit " + manifest.commit()
                            + " has no such segment");
        }
        live.sort(Comparator.comparing((SegmentManifest one) -> one.part().equals(IndexDirectory.DELETED))
                .thenComparing(SegmentManifest::number));
        return new IndexState(manifest, live, base, listing.next());
    }

    /** Whether the checksums of all files are known: those of segments of an earlier revision are not. */
    boolean hasChecksums() {
        return live.stream().allMatch(segment -> segment.crc32c() != null);
    }

    /** Returns how far sources were read, by their names. */
    Map<String, SourcePosition> positions() {
        Map<String, SourcePosition> positions = new TreeMap<>();
        live.stream()
                .sorted(Comparator.comparingInt(SegmentManifest::number))
                .flatMap(segment -> segment.sources().stream())
                .forEach(position -> positions.put(position.source(), position));
        return positions;
    }

    private static int base(Stream<SegmentManifest> segments) {
        return segments.filter(SegmentManifest::compacted)
                .mapToInt(SegmentManifest::number)
                .max()
                .orElse(0);
    }

    /** Reads a segment that the manifest names. */
    private static SegmentManifest named(FileSystem files, Path root, Listing listing, SegmentManifest entry) {
        Segment segment = Segment.of(root, entry.part(), entry.number());
        NsvqException.unless(
                listing.segments().stream().anyMatch(entry::is),
                segment.path() + " is missing: the manifest of the index has it");
        if (entry.crc32c() == null) {
            return entry;
        }
        Path path = new Path(segment.path(), SegmentManifest.NAME);
        SegmentManifest manifest = SegmentManifest.read(files, segment);
        NsvqException.unless(manifest != null, path + " is missing: the manifest of the index has it");
        NsvqException.unless(
                manifest.crc32c().equals(entry.crc32c()),
                path + " is damaged: its CRC-32C is " + manifest.crc32c() + ", the manifest of the index says "
                        + entry.crc32c());
        return manifest;
    }

    /** Reads the segments that were added after the newest manifest was written. */
    private static List<SegmentManifest> added(FileSystem files, Listing listing, int commit) {
        List<SegmentManifest> added = new ArrayList<>();
        List<Segment> newer = listing.segments().stream()
                .filter(segment -> segment.number() > commit)
                .sorted(Comparator.comparingInt(Segment::number))
                .toList();
        int last = commit;
        for (Segment segment : newer) {
            SegmentManifest manifest = SegmentManifest.read(files, segment);
            NsvqException.unless(
                    manifest != null,
                    new Path(segment.path(), SegmentManifest.NAME) + " is missing: a segment says what it is");
            NsvqException.unless(
                    manifest.after() == last,
                    segment.path() + " does not belong there: it follows segment " + manifest.after()
                            + ", the newest before it is " + last);
            last = segment.number();
            added.add(manifest);
        }
        return added;
    }

    /** Reads an index that has no manifest, if it should have none. */
    private static IndexState ofEarlier(FileSystem files, Path root, Listing listing) throws IOException {
        if (Manifest.isPromised(files, root)) {
            throw Manifest.missing(root.toString());
        }
        List<SegmentManifest> all = earlier(files, listing);
        for (SegmentManifest segment : all) {
            if (segment.crc32c() != null) {
                throw Manifest.missing(root.toString());
            }
        }
        int base = base(all.stream());
        List<SegmentManifest> live =
                all.stream().filter(segment -> segment.number() >= base).toList();
        return new IndexState(null, live, base, listing.next());
    }

    /** Describes segments that no manifest names, by what they say of themselves or by what is there. */
    static List<SegmentManifest> earlier(FileSystem files, Listing listing) throws IOException {
        List<SegmentManifest> segments = new ArrayList<>();
        for (Segment segment : listing.segments()) {
            SegmentManifest itself = SegmentManifest.read(files, segment);
            segments.add(
                    itself == null
                            ? SegmentManifest.ofEarlier(files, segment, SavedFiles.list(files, segment.path()))
                            : itself);
        }
        return segments;
    }
}
