package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.RowsFingerprint;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.saving.Owner;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training's state in a directory of any file system that Hadoop reaches: one file {@code pass-N.nsvq-checkpoint}
 * for the last pass, written beside and renamed, and only then is the previous pass's file deleted.
 *
 * <p>A directory belongs to one training at a time, whose thread may open it again; see {@link Owner}. One that the
 * training, or a killed one before it, has made holds an empty directory {@value #MADE}, and is deleted in the end.
 *
 * <p>The file: magic, version, SHA-256 of what was asked for (settings without the device, the rows' number,
 * dimension and values, codebook to start from), the state, and a CRC-32 of all that.
 */
public final class HadoopCheckpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HadoopCheckpoint.class);

    private static final long MAGIC = 0x4E5356512D434B50L; // NSVQ-CKP
    private static final int VERSION = 1;
    private static final String PREFIX = "pass-";
    private static final String SUFFIX = ".nsvq-checkpoint";

    /** More state arrays than any rule has: a file that says so is damaged. */
    private static final int MAX_ARRAYS = 1 << 16;

    /** Says that the directory was made for a training. */
    private static final String MADE = ".made-for-training";

    private final FileSystem files;
    private final Path directory;
    private final Owner owner;
    private final boolean isPart;

    private HadoopCheckpoint(FileSystem files, Path directory, Owner owner, boolean isPart) {
        this.files = files;
        this.directory = directory;
        this.owner = owner;
        this.isPart = isPart;
    }

    /**
     * Opens a directory, making it if it is not there. What a dead training left in it is kept, to go on from.
     *
     * @throws NsvqException if that cannot be done, or another training is using it
     */
    public static HadoopCheckpoint open(String directory, Configuration configuration) {
        try {
            Path given = new Path(directory);
            FileSystem files = given.getFileSystem(configuration);
            Path path = files.makeQualified(given);
            if (!files.exists(path)) {
                make(files, path);
            }
            Owner owner = Owner.claim(files, path, "checkpoint directory", "wait for it, or use another directory");
            StagedOutput.sweep(files, path.getParent(), path.getName()::equals); // of one killed as it made it
            return new HadoopCheckpoint(files, path, owner, false);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("checkpoint directory " + directory + " cannot be used", e);
        }
    }

    /** Makes the directory together with what says so. */
    private static void make(FileSystem files, Path path) throws IOException {
        String failure = "checkpoint directory " + path + " cannot be made";
        try (StagedOutput staged = StagedOutput.begin(files, path, false, failure)) {
            files.mkdirs(new Path(staged.path(), MADE));
            staged.commit();
        } catch (NsvqException e) {
            if (!files.exists(path)) { // else another was faster
                throw e;
            }
        }
    }

    /** The parts of a training; each has a subdirectory of its name. */
    public enum Part {
        /** The rotation of a product quantizer. */
        ROTATION,
        /** Codebooks, as any training has them. */
        CODEBOOKS,
        /** Codebooks of a product quantizer, from which those of an additive one start. */
        PARTS,
        /** Prices that balance the use of codewords. */
        BALANCE,
        /** Codebooks that are solved for jointly. */
        JOINT,
        /** The centroids of an index's lists. */
        COARSE,
        /** What codes vectors in an index's lists, in parts of its own. */
        CODES
    }

    /** Returns the checkpoint of one part of a training. */
    public HadoopCheckpoint part(Part part) {
        HadoopCheckpoint of = new HadoopCheckpoint(files, path(part), owner, true);
        try {
            files.mkdirs(of.directory);
            return of;
        } catch (IOException e) {
            throw new NsvqException("checkpoint directory " + of.directory + " cannot be used: " + Reason.of(e), e);
        }
    }

    /** Returns whether a training of this directory came to a part. */
    public boolean holds(Part part) {
        try {
            return files.exists(path(part));
        } catch (IOException e) {
            throw new NsvqException("checkpoint directory " + directory + " cannot be used: " + Reason.of(e), e);
        }
    }

    private Path path(Part part) {
        return new Path(directory, part.name().toLowerCase(Locale.ROOT));
    }

    /**
     * Returns the checkpoint of one training; reads all rows once, for their fingerprint.
     *
     * @param settings what is asked for
     * @param method what else is asked for
     * @param rows the rows
     * @param start the codewords to start from
     */
    public TrainingCheckpoint of(TrainingSettings settings, String method, StatisticsSource rows, FloatMatrix start) {
        byte[] fingerprint = fingerprint(settings, method, rows, start);
        int values = start.values().length;
        // a rotation, or what a rule keeps of each codeword
        int most = Math.max(values, rows.dimension() * rows.dimension());
        int maxIter = settings.maxIter();
        return new TrainingCheckpoint() {
            @Override
            public void save(State state) {
                HadoopCheckpoint.this.save(state, fingerprint);
            }

            @Override
            public Optional<State> load() {
                return HadoopCheckpoint.this.load(fingerprint, values, most, maxIter);
            }
        };
    }

    private static byte[] fingerprint(
            TrainingSettings settings, String method, StatisticsSource rows, FloatMatrix start) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String size = rows.rows() + " x " + rows.dimension();
            String asked = settings.checkpointKey() + " " + method + " " + size + " " + RowsFingerprint.of(rows);
            digest.update(asked.getBytes(StandardCharsets.UTF_8));
            ByteBuffer row = ByteBuffer.allocate(4 * start.columns());
            for (int k = 0; k < start.rows(); k++) {
                row.asFloatBuffer().put(start.values(), k * start.columns(), start.columns());
                digest.update(row.array());
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private List<Path> checkpoints() throws IOException {
        return Arrays.stream(files.listStatus(directory))
                .map(FileStatus::getPath)
                .filter(path -> passes(path) >= 0)
                .sorted(Comparator.comparingInt(HadoopCheckpoint::passes))
                .toList();
    }

    /** Returns the number in a checkpoint's name, or -1 if it is no checkpoint. */
    private static int passes(Path path) {
        String name = path.getName();
        String number = name.startsWith(PREFIX) && name.endsWith(SUFFIX)
                ? name.substring(PREFIX.length(), name.length() - SUFFIX.length())
                : "";
        return number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
    }

    private void save(TrainingCheckpoint.State state, byte[] fingerprint) {
        Path target = new Path(directory, PREFIX + state.passes() + SUFFIX);
        String failure = "checkpoint " + target + " cannot be written";
        try (StagedOutput staged = StagedOutput.beginInClaimed(files, target, failure)) {
            NsvqException.unless(
                    owner.isStillThere(),
                    failure + ": another training has taken over the directory, since this one was silent for long");
            List<Path> old = checkpoints();
            try (CheckedOutputStream checked = new CheckedOutputStream(
                            new BufferedOutputStream(files.create(staged.path(), true), 1 << 16), new CRC32());
                    DataOutputStream out = new DataOutputStream(checked)) {
                write(state, fingerprint, out);
                out.writeLong(checked.getChecksum().getValue());
            }
            staged.commit();
            for (Path before : old) {
                if (!before.equals(target)) {
                    files.delete(before, false);
                }
            }
        } catch (IOException e) {
            throw new NsvqException(failure + ": " + Reason.of(e), e);
        }
    }

    private static void write(TrainingCheckpoint.State state, byte[] fingerprint, DataOutputStream out)
            throws IOException {
        out.writeLong(MAGIC);
        out.writeInt(VERSION);
        out.write(fingerprint);
        out.writeInt(state.passes());
        out.writeBoolean(state.gradientEnded());
        writeFloats(state.codewords(), out);
        out.writeInt(state.rule().length);
        for (float[] array : state.rule()) {
            writeFloats(array, out);
        }
        out.writeInt(state.history().size());
        for (PassRecord record : state.history()) {
            out.writeInt(record.iteration());
            out.writeUTF(record.phase());
            out.writeDouble(record.mse());
            out.writeDouble(record.learningRate());
            out.writeInt(record.replaced());
            out.writeDouble(record.seconds());
        }
        out.flush();
    }

    private static void writeFloats(float[] values, DataOutputStream out) throws IOException {
        out.writeInt(values.length);
        ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
        for (int from = 0; from < values.length; from += chunk.capacity() / 4) {
            int n = Math.min(chunk.capacity() / 4, values.length - from);
            chunk.asFloatBuffer().put(values, from, n);
            out.write(chunk.array(), 0, 4 * n);
        }
    }

    private Optional<TrainingCheckpoint.State> load(byte[] fingerprint, int values, int most, int maxIter) {
        Path path = directory;
        try {
            List<Path> found = checkpoints();
            if (found.isEmpty()) {
                return Optional.empty();
            }
            path = found.get(found.size() - 1);
            try (CheckedInputStream checked =
                            new CheckedInputStream(new BufferedInputStream(files.open(path), 1 << 16), new CRC32());
                    DataInputStream in = new DataInputStream(checked)) {
                return Optional.of(read(in, checked, path, fingerprint, values, most, maxIter));
            }
        } catch (IOException e) {
            throw damaged(path, "it cannot be read: " + e, e);
        }
    }

    private static TrainingCheckpoint.State read(
            DataInputStream in,
            CheckedInputStream checked,
            Path path,
            byte[] fingerprint,
            int values,
            int most,
            int maxIter)
            throws IOException {
        if (in.readLong() != MAGIC) {
            throw damaged(path, "it does not start as a checkpoint does", null);
        }
        int version = in.readInt();
        if (version != VERSION) {
            throw damaged(path, "it has version " + version + ", this release reads " + VERSION, null);
        }
        byte[] of = new byte[fingerprint.length];
        in.readFully(of);
        if (!Arrays.equals(of, fingerprint)) {
            throw new NsvqException(
                    "checkpoint " + path + " is of another training (other rows, settings or codebook to"
                            + " start from): delete it, or use another checkpointDir");
        }
        int passes = in.readInt();
        boolean gradientEnded = in.readBoolean();
        float[] codewords = readFloats(in, path, values, values);
        float[][] rule = new float[readCount(in, path, MAX_ARRAYS)][];
        for (int i = 0; i < rule.length; i++) {
            rule[i] = readFloats(in, path, 0, most);
        }
        int records = readCount(in, path, maxIter);
        List<PassRecord> history = new ArrayList<>(records);
        for (int i = 0; i < records; i++) {
            history.add(new PassRecord(
                    in.readInt(), in.readUTF(), in.readDouble(), in.readDouble(), in.readInt(), in.readDouble()));
        }
        long sum = checked.getChecksum().getValue();
        if (in.readLong() != sum || in.read() >= 0) {
            throw damaged(path, "its checksum is wrong", null);
        }
        return new TrainingCheckpoint.State(passes, gradientEnded, codewords, rule, history);
    }

    private static int readCount(DataInputStream in, Path path, int most) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > most) {
            throw damaged(path, "it speaks of " + count + " parts", null);
        }
        return count;
    }

    private static float[] readFloats(DataInputStream in, Path path, int least, int most) throws IOException {
        int n = in.readInt();
        if (n < least || n > most) {
            throw damaged(path, "it speaks of " + n + " values", null);
        }
        float[] values = new float[n];
        ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
        for (int from = 0; from < n; from += chunk.capacity() / 4) {
            int part = Math.min(chunk.capacity() / 4, n - from);
            in.readFully(chunk.array(), 0, 4 * part);
            chunk.asFloatBuffer().get(values, from, part);
        }
        return values;
    }

    private static NsvqException damaged(Path path, String why, Exception cause) {
        return new NsvqException(
                "checkpoint " + path + " is damaged: " + why
                        + "; delete it to start anew, or use another checkpointDir",
                cause);
    }

    /** Deletes the checkpoint of a training that is done, and what killed ones left. */
    public void delete() {
        try {
            for (Part part : Part.values()) {
                if (files.exists(path(part))) {
                    HadoopCheckpoint of = new HadoopCheckpoint(files, path(part), owner, true);
                    of.delete();
                    of.deleteEmpty();
                }
            }
            for (FileStatus file : files.listStatus(directory)) {
                String name = file.getPath().getName();
                // what a killed training was writing is hidden: .pass-N.nsvq-checkpoint and an ending
                if (passes(file.getPath()) >= 0 || (name.startsWith("." + PREFIX) && name.contains(SUFFIX))) {
                    files.delete(file.getPath(), true);
                }
            }
        } catch (IOException e) {
            throw new NsvqException("checkpoints in " + directory + " cannot be deleted: " + Reason.of(e), e);
        }
    }

    /** Gives the directory back; deletes it if it was made for a training and nothing is in it. */
    @Override
    public void close() {
        try {
            deleteEmpty();
            owner.close();
            deleteIfHolds(List.of(MADE));
        } catch (IOException e) {
            LOG.warn("checkpoint directory {} cannot be cleared", directory, e);
        }
    }

    /** Deletes the directories of parts that hold nothing, this one among them if it is one. */
    private void deleteEmpty() throws IOException {
        for (Part part : Part.values()) {
            if (files.exists(path(part))) {
                new HadoopCheckpoint(files, path(part), owner, true).deleteEmpty();
            }
        }
        if (isPart) {
            deleteIfHolds(List.of());
        }
    }

    /** Deletes the directory if it holds what it should and nothing else. */
    private void deleteIfHolds(List<String> names) throws IOException {
        List<String> found = Arrays.stream(files.listStatus(directory))
                .map(file -> file.getPath().getName())
                .toList();
        if (found.equals(names) && isPart) {
            files.delete(directory, false);
        } else if (found.equals(names)) {
            StagedOutput.deleteWhole(files, directory);
        }
    }
}
