package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.MappedIndex;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.saving.SideFile;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.StructType;

/**
 * An index file of FAISS, to be brought into an index directory. The driver maps the file, fetching it first where
 * it is not on its own disk, and hands on as much of the lists at a time as fits its memory easily.
 */
public final class FaissIndexImport implements AutoCloseable {
    /** Bytes of codes and ids that are handed on together. */
    private static final long BATCH_BYTES = 32L << 20;

    private static final ListSchema SCHEMA = new ListSchema(false, new StructType());

    private final String file;
    private final Path fetched;
    private final MappedIndex mapped;
    private final SharedIndex index;

    private FaissIndexImport(String file, Path fetched, MappedIndex mapped) {
        this.file = file;
        this.fetched = fetched;
        this.mapped = mapped;
        try {
            checkLists(mapped.lists());
            this.index = shared();
        } catch (RuntimeException e) {
            mapped.close();
            throw e;
        }
    }

    /**
     * Opens a file.
     *
     * @param file on any file system that Hadoop reaches
     * @param spark the session, whose Hadoop settings apply
     * @throws NsvqException if it cannot be read, differs from the checksum beside it, where there is one, or holds
     *     what no index directory can hold
     */
    public static FaissIndexImport open(String file, SparkSession spark) {
        Configuration configuration = SparkInternals.hadoopConfiguration(spark);
        Path fetched = null;
        try {
            org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(file);
            FileSystem files = source.getFileSystem(configuration);
            String scheme = files.getUri().getScheme();
            Path local;
            if (scheme.equals("file")) {
                local = Path.of(files.makeQualified(source).toUri().getPath());
            } else {
                NsvqException.unless(
                        !files.getFileStatus(source).isDirectory(),
                        file + " is a directory: an index file of FAISS is needed");
                fetched = Files.createTempFile("nsvq", ".faiss");
                files.copyToLocalFile(false, source, new org.apache.hadoop.fs.Path(fetched.toUri()), true);
                local = fetched;
            }
            new SideFile(files, source).checkCopy(local);
            return new FaissIndexImport(file, fetched, FaissFiles.map(local));
        } catch (IOException | IllegalArgumentException e) {
            delete(fetched);
            throw Reason.failed("cannot read " + file, e);
        } catch (RuntimeException e) {
            delete(fetched);
            throw e;
        }
    }

    private void checkLists(InvertedLists lists) {
        long codes = IntStream.range(0, lists.lists()).mapToLong(lists::size).sum();
        NsvqException.unless(
                codes == lists.vectors(),
                file + " has each vector in two lists, and an index directory has it in one: give a file that was"
                        + " exported without spill");
    }

    private SharedIndex shared() {
        IvfQuantizer quantizer = mapped.quantizer();
        boolean unitLength = false;
        Rotation rotation = null;
        for (VectorTransform transform : quantizer.transforms()) {
            if (transform instanceof Normalization && rotation == null) {
                unitLength = true;
            } else if (transform instanceof Rotation turn && rotation == null) {
                rotation = turn;
            } else {
                throw unsupported("a transform that is neither a rotation nor before it a scaling to length 1");
            }
        }
        boolean l2 = quantizer.metric() == Metric.L2;
        if (unitLength && l2) {
            throw unsupported("vectors of length 1 compared by their distance; with inner products they are cosines");
        }
        FloatMatrix centroids = quantizer.centroids();
        if (rotation != null) {
            FloatMatrix back =
                    new FloatMatrix(centroids.rows(), centroids.columns(), new float[centroids.values().length]);
            rotation.reverse(centroids.values(), 0, centroids.rows(), back.values(), 0);
            centroids = back;
        }
        DistanceKind kind = l2 ? DistanceKind.L2 : unitLength ? DistanceKind.COSINE : DistanceKind.IP;
        return new SharedIndex(
                kind,
                quantizer.choice(),
                centroids,
                codes(quantizer.codes(), rotation),
                quantizer.byResidual(),
                Device.AUTO);
    }

    private SharedQuantizer codes(Quantizer codes, Rotation rotation) {
        if (codes instanceof ProductQuantizer product) {
            int size = product.dimension() / product.parts();
            CodebookLayout layout = CodebookLayout.uniform(product.parts(), product.codewords(), size);
            List<FloatMatrix> all = new ArrayList<>();
            for (int part = 0; part < product.parts(); part++) {
                all.add(product.codebook(part));
            }
            return SharedQuantizer.product(layout, CodebookLayout.concatenated(all), rotation, Device.AUTO);
        }
        if (codes instanceof ScalarQuantizer scalar) {
            return SharedQuantizer.scalar(scalar.type(), scalar.dimension(), scalar.ranges(), rotation);
        }
        if (rotation != null) {
            throw unsupported("a rotation before other codes than those of a product or scalar quantizer");
        }
        if (codes instanceof SumQuantizer sums) {
            List<FloatMatrix> all = new ArrayList<>();
            int[] sizes = new int[sums.codebooks()];
            for (int m = 0; m < sizes.length; m++) {
                all.add(sums.codebook(m));
                sizes[m] = all.get(m).rows();
            }
            CodebookLayout layout = new CodebookLayout(sums.dimension(), sizes);
            float[] codewords = CodebookLayout.concatenated(all);
            return sums instanceof AdditiveQuantizer additive
                    ? SharedQuantizer.additive(layout, codewords, additive.beam(), additive.polishRounds())
                    : SharedQuantizer.residual(layout, codewords, null, beam(sums), Device.AUTO);
        }
        return null;
    }

    private static int beam(SumQuantizer sums) {
        return sums instanceof io.github.sparknsvq.core.quantizer.ResidualQuantizer residual ? residual.beam() : 1;
    }

    private NsvqException unsupported(String what) {
        return new NsvqException(file + " holds an index with " + what + ", which an index directory cannot have");
    }

    /** Returns the trained parts of the index. */
    public SharedIndex index() {
        return index;
    }

    /** Returns the columns of its lists. */
    public ListSchema schema() {
        return SCHEMA;
    }

    /** Returns how many lists a search looks at unless it is told otherwise. */
    public int probes() {
        return mapped.probes();
    }

    /**
     * Writes the vectors by which the file ranks candidates again, as Parquet of {@code id} and {@code features}.
     *
     * @param path of a directory that is not there yet
     * @throws NsvqException if the file has none
     */
    public void writeVectors(SparkSession spark, String path) {
        NsvqException.unless(
                mapped.refinement() != null,
                file + " has no vectors beside its codes: they are in files of an IndexRefine alone");
        new FaissVectors(mapped).write(spark, path);
    }

    /** A list, or part of one, on its way. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record ListPart(int list, long[] ids, byte[] codes) implements Serializable {
        InternalRow row() {
            return new GenericInternalRow(new Object[] {list, UnsafeArrayData.fromPrimitiveArray(ids), codes});
        }
    }

    /**
     * Brings the lists into an index directory, as one segment.
     *
     * @param stored the index, of {@link #index} and {@link #schema}
     * @throws NsvqException if an id is there twice
     */
    public void addTo(StoredIndex stored) {
        stored.add(staged -> write(stored.spark(), staged), file);
    }

    private void write(SparkSession spark, String path) {
        InvertedLists lists = mapped.lists();
        int codeSize = mapped.quantizer().codeSize();
        int most = (int) Math.max(lists.format().group(), BATCH_BYTES / (codeSize + Long.BYTES))
                / lists.format().group()
                * lists.format().group();
        List<byte[]> batch = new ArrayList<>();
        long bytes = 0;
        for (int list = 0; list < lists.lists(); list++) {
            for (int from = 0; from < lists.size(list); from += most) {
                int count = Math.min(most, lists.size(list) - from);
                batch.add(SparkInternals.serialize(part(list, from, count, codeSize)));
                bytes += (long) count * (codeSize + Long.BYTES);
                if (bytes >= BATCH_BYTES) {
                    write(spark, batch, path);
                    batch.clear();
                    bytes = 0;
                }
            }
        }
        write(spark, batch, path); // even of nothing: a segment has a file
        lists.checkUnchanged();
    }

    private ListPart part(int list, int from, int count, int codeSize) {
        InvertedLists lists = mapped.lists();
        long[] ids = new long[count];
        lists.ids(list, from, count, ids);
        byte[] inFormat = new byte[Math.toIntExact(lists.format().bytes(count))];
        lists.codes(list, from, count, inFormat);
        byte[] codes = new byte[count * codeSize];
        lists.format().unpack(inFormat, 0, count, codes, 0);
        return new ListPart(list, ids, codes);
    }

    private static void write(SparkSession spark, List<byte[]> parts, String path) {
        JavaSparkContext context = SparkInternals.context(spark);
        int slices = Math.max(1, Math.min(parts.size(), spark.sparkContext().defaultParallelism()));
        JavaRDD<InternalRow> rows = context.parallelize(new ArrayList<>(parts), slices)
                .map(bytes -> SparkInternals.<ListPart>deserialize(bytes).row());
        SparkInternals.dataFrame(spark, rows, SCHEMA.stored())
                .write()
                .mode(SaveMode.Append)
                .parquet(path);
    }

    @Override
    public void close() {
        mapped.close();
        delete(fetched);
    }

    private static void delete(Path fetched) {
        try {
            if (fetched != null) {
                Files.deleteIfExists(fetched);
            }
        } catch (IOException e) {
            fetched.toFile().deleteOnExit();
        }
    }
}
