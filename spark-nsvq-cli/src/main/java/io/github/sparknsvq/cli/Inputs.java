package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.ml.saving.ParquetFooters;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Opens inputs, with errors that name the option and what is there. */
final class Inputs {
    /** Formats whose argument is a path for certain; others may know tables by name. */
    private static final Set<String> FILE_FORMATS =
            Set.of("parquet", "orc", "json", "csv", "text", "avro", "fvecs", "bvecs", "ivecs", "npy");

    private static final List<DataType> WHOLE_NUMBERS =
            List.of(DataTypes.IntegerType, DataTypes.LongType, DataTypes.ShortType, DataTypes.ByteType);

    /** What Spark says of a directory in which it finds no file of the format. */
    private static final String NO_FILES = "UNABLE_TO_INFER_SCHEMA";

    /** What Spark says of directories some of which are named like partitions. */
    private static final String MIXED_DIRECTORIES = "CONFLICTING_DIRECTORY_STRUCTURES";

    /** What Spark says of a file that is not of the format, once a reader has looked into it. */
    private static final String NO_SUCH_FILE_FORMAT = "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER";

    /** What Spark calls a Parquet column of half precision, which it does not read. */
    private static final String HALF = "FIXED_LEN_BYTE_ARRAY (FLOAT16)";

    private static final String COUNT = "__nsvq_count";

    private Inputs() {}

    /**
     * Opens a file, directory or table.
     *
     * @param path as the user gave it
     * @param format Spark's name of the format, or null: by the suffix, else Parquet
     * @param option the option that the path came with, for messages
     */
    static Dataset<Row> read(SparkSession spark, String path, String format, String option) {
        return read(spark, path, format, option, "--format");
    }

    /** As above; the format came with an option of another name. */
    static Dataset<Row> read(SparkSession spark, String path, String format, String option, String formatOption) {
        String name = format != null
                ? format
                : fileFormat(path).map(VectorFileFormat::shortName).orElse("parquet");
        String loaded = path;
        if (FILE_FORMATS.contains(name.toLowerCase(Locale.ROOT))) {
            Configuration configuration = spark.sparkContext().hadoopConfiguration();
            requirePath(configuration, path, option);
            boolean ownFormat = Arrays.stream(VectorFileFormat.values())
                    .anyMatch(own -> own.shortName().equals(name));
            loaded = !ownFormat && exists(configuration, path) ? SparkInternals.literal(path) : path;
        }
        if (format == null) {
            VectorFileFormat.checkName(path);
        }
        try {
            return spark.read().format(name).load(loaded);
        } catch (Exception e) { // what Spark throws is checked, but not declared
            String check = ": check " + option + " and " + formatOption;
            if (name.equals("parquet") && StageFiles.exists(path, "metadata", spark)) {
                throw new NsvqException(
                        path + " (" + option + ") is a saved model or index: name a file, directory or table of"
                                + " vectors",
                        e);
            }
            for (Throwable cause : ExceptionUtils.getThrowableList(e)) {
                if (cause instanceof SparkThrowable known && NO_FILES.equals(known.getCondition())) {
                    throw new NsvqException("there are no " + name + " files in " + path + check, e);
                }
                if (cause instanceof SparkThrowable known && MIXED_DIRECTORIES.equals(known.getCondition())) {
                    throw new NsvqException(
                            path + " (" + option + ") holds directories that do not make one table: name one of them",
                            e);
                }
                if (String.valueOf(cause.getMessage()).contains(HALF)) {
                    throw new NsvqException(
                            path + " (" + option + ") has a column of half precision (Parquet's FLOAT16)"
                                    + halfColumn(spark, path)
                                    + ", which Spark does not read: write it as float32, or leave it out",
                            e);
                }
                if (cause instanceof SparkThrowable known && NO_SUCH_FILE_FORMAT.equals(known.getCondition())) {
                    String file = known.getMessageParameters().get("path");
                    throw new NsvqException(file + " is not a whole " + name + " file" + check, e);
                }
            }
            throw e;
        }
    }

    /** Returns the name of the first column of half precision, after a comma; nothing where no file shows it. */
    private static String halfColumn(SparkSession spark, String path) {
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        try {
            Path root = new Path(path);
            var found = root.getFileSystem(configuration).listFiles(root, true);
            while (found.hasNext()) {
                Path file = found.next().getPath();
                if (!file.getName().endsWith(".parquet")) {
                    continue;
                }
                FileMetaData read = ParquetFooters.read(HadoopInputFile.fromPath(file, configuration))
                        .getFileMetaData();
                for (ColumnDescriptor column : read.getSchema().getColumns()) {
                    if (column.getPrimitiveType().getLogicalTypeAnnotation()
                            instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation) {
                        return ", '" + column.getPath()[0] + "'";
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            return ""; // the error that led here says what matters
        }
        return "";
    }

    /** Returns the vector file format that a path's suffix names. */
    static Optional<VectorFileFormat> fileFormat(String path) {
        return Arrays.stream(VectorFileFormat.values())
                .filter(format -> format.matches(path))
                .findFirst();
    }

    /** Returns whether something is at a path. */
    static boolean exists(Configuration configuration, String path) {
        try {
            Path hadoopPath = new Path(path);
            FileSystem files = hadoopPath.getFileSystem(configuration);
            StagedOutput.recover(files, files.makeQualified(hadoopPath));
            return files.exists(hadoopPath);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot look for " + path, e);
        }
    }

    /** Refuses a path, or pattern, that nothing is at. */
    static void requirePath(Configuration configuration, String path, String option) {
        try {
            Path hadoopPath = new Path(path);
            FileSystem files = hadoopPath.getFileSystem(configuration);
            StagedOutput.recover(files, files.makeQualified(hadoopPath));
            if (files.exists(hadoopPath)) {
                StagedOutput.requireFileName(files, files.makeQualified(hadoopPath));
                return; // before it is taken for a pattern: names may hold brackets
            }
            boolean pattern = !hadoopPath.getName().contains(":"); // which patterns cannot hold
            FileStatus[] found = pattern ? files.globStatus(hadoopPath) : null;
            if (found == null || found.length == 0) {
                throw new NsvqException("there is no such file or directory: " + path + " (" + option + ")");
            }
        } catch (IOException | IllegalArgumentException e) {
            // IllegalArgumentException is what Hadoop says to a path that is not even a URI.
            throw Reason.failed("cannot read " + path + " (" + option + ")", e);
        }
    }

    /** Returns whether an input has a column of exactly this name. */
    static boolean hasColumn(Dataset<Row> data, String column) {
        return Arrays.asList(data.columns()).contains(column);
    }

    /** Refuses an input that lacks a column, naming those that are there. */
    static void requireColumn(Dataset<Row> data, String column, String input, String option) {
        if (!hasColumn(data, column)) {
            throw noColumn(data, column, input, "", "; name one with " + option);
        }
    }

    /** Refuses an input without a column of vectors of this name. */
    static void requireVectors(Dataset<Row> data, String column, String input) {
        requireColumn(data, column, input, "--features-col");
        try {
            VectorColumn.of(data.schema(), column, false);
        } catch (NsvqException e) {
            throw new NsvqException(input + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns what to throw when an input lacks a column; the message says which columns are there.
     *
     * @param why what the column is needed for, directly after its name
     * @param advice what to do, at the end
     */
    static NsvqException noColumn(Dataset<Row> data, String column, String input, String why, String advice) {
        return new NsvqException(input + " has no column '" + column + "'" + why + ": it has "
                + String.join(", ", data.columns()) + advice);
    }

    /** Returns a column of ids as {@code bigint}; refuses one that holds no whole numbers. */
    static Column wholeNumbers(Dataset<Row> data, String column, String input) {
        DataType type = data.schema().apply(column).dataType();
        NsvqException.unless(
                WHOLE_NUMBERS.contains(type),
                "column '" + column + "' of " + input + " is " + type.catalogString() + ": whole numbers are needed");
        return VectorColumn.column(column).cast(DataTypes.LongType);
    }

    /** Refuses an input in which an id is missing or is there twice, naming the first such. */
    static void requireUnique(Dataset<Row> data, String column, String input) {
        Column id = VectorColumn.column(column);
        List<Row> twice = data.groupBy(id)
                .agg(functions.count(functions.lit(1)).as(COUNT))
                .filter(id.isNull().or(functions.col(COUNT).gt(1)))
                .orderBy(id)
                .takeAsList(1);
        for (Row row : twice) {
            throw new NsvqException("column '" + column + "' of " + input
                    + (row.isNullAt(0)
                            ? " is null in " + rows(row.getLong(1)) + ": every row needs an id"
                            : " holds " + Reason.id(row.get(0)) + " in " + row.getLong(1)
                                    + " rows: ids must be unique"));
        }
    }

    private static String rows(long count) {
        return count == 1 ? "one row" : count + " rows";
    }
}
