package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Reads vector files as {@code id: bigint, features: array<float>} ({@code array<int>} for ivecs).
 *
 * <pre>{@code
 * spark.read().format("fvecs").load("hdfs:///sift/base.fvecs")
 * spark.read().format("npy").option("partitions", 64).load("s3a://bucket/embeddings/")
 * }</pre>
 *
 * <p>{@code id} is the row's number. Several files are read in the order in which their paths are given, those of a
 * directory or glob sorted by name, and ids run on from file to file. A path that is a file is read whatever its
 * name; a directory or glob gives the files whose names end in the format's suffix, without those that start with
 * {@code _} or {@code .}.
 *
 * <p>Partitions are ranges of rows in order: every id of partition i comes before those of partition i + 1. There
 * are as many as option {@code partitions} says; by default one per {@code spark.sql.files.maxPartitionBytes} of
 * the files, and at least Spark's default parallelism; never more than rows.
 *
 * <p>Lengths and headers of all files are checked when the table is loaded, before any job: a missing path and a file
 * that cannot be read throw {@link NsvqException}, a truncated or corrupt one
 * {@link io.github.sparknsvq.core.io.CorruptFileException}. Only a row that contradicts the first one's dimension is
 * found later, by the task that reads it.
 */
public abstract class VectorFileSource implements TableProvider, DataSourceRegister {
    static final String ID = "id";
    static final String FEATURES = "features";

    private static final Set<String> NOT_FOR_HADOOP = Set.of("path", "paths", "partitions");

    private final VectorFileFormat format;

    VectorFileSource(VectorFileFormat format) {
        this.format = format;
    }

    /**
     * Returns Hadoop's configuration as Spark's own file sources see it: the session's, and over it the options of
     * the read.
     */
    static Configuration configuration(CaseInsensitiveStringMap options) {
        Configuration configuration = SparkInternals.hadoopConfiguration(SparkSession.active());
        options.asCaseSensitiveMap().forEach((key, value) -> {
            if (value != null && !NOT_FOR_HADOOP.contains(key)) {
                configuration.set(key, value);
            }
        });
        return configuration;
    }

    @Override
    public String shortName() {
        return format.shortName();
    }

    @Override
    public StructType inferSchema(CaseInsensitiveStringMap options) {
        DataType value = format == VectorFileFormat.IVECS ? DataTypes.IntegerType : DataTypes.FloatType;
        return new StructType(new StructField[] {
            DataTypes.createStructField(ID, DataTypes.LongType, false),
            DataTypes.createStructField(FEATURES, DataTypes.createArrayType(value, false), false)
        });
    }

    /** Returns true, so that a schema that the user gives comes here, where it gets a clear answer. */
    @Override
    public boolean supportsExternalMetadata() {
        return true;
    }

    @Override
    public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties) {
        CaseInsensitiveStringMap options = new CaseInsensitiveStringMap(properties);
        StructType rowType = inferSchema(options);
        if (!schema.catalogString().equals(rowType.catalogString())) {
            throw new NsvqException("a " + shortName() + " file is read as " + rowType.catalogString() + ", not as "
                    + schema.catalogString() + ": leave the schema out and select from the columns");
        }
        List<String> paths = VectorFileListing.paths(options);
        if (paths.isEmpty()) {
            String advice = "Give its path to load(...), or as option 'path'";
            throw new NsvqException("which " + shortName() + " file? " + advice);
        }
        return new VectorTable(
                shortName() + " " + String.join(", ", paths),
                rowType,
                VectorFileListing.read(format, paths, configuration(options)));
    }

    /** The data source {@code fvecs}: float32 vectors in the Texmex layout. */
    public static final class Fvecs extends VectorFileSource {
        /** Made by Spark, through {@link java.util.ServiceLoader}. */
        public Fvecs() {
            super(VectorFileFormat.FVECS);
        }
    }

    /** The data source {@code bvecs}: unsigned bytes in the Texmex layout, read as floats 0 to 255. */
    public static final class Bvecs extends VectorFileSource {
        /** Made by Spark, through {@link java.util.ServiceLoader}. */
        public Bvecs() {
            super(VectorFileFormat.BVECS);
        }
    }

    /** The data source {@code ivecs}: int32 rows in the Texmex layout, such as the true neighbors of queries. */
    public static final class Ivecs extends VectorFileSource {
        /** Made by Spark, through {@link java.util.ServiceLoader}. */
        public Ivecs() {
            super(VectorFileFormat.IVECS);
        }
    }

    /** The data source {@code npy}: NumPy arrays, 1-D or 2-D in C order, read as floats whatever their type. */
    public static final class Npy extends VectorFileSource {
        /** Made by Spark, through {@link java.util.ServiceLoader}. */
        public Npy() {
            super(VectorFileFormat.NPY);
        }
    }
}
