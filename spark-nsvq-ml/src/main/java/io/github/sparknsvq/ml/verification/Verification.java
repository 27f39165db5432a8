package io.github.sparknsvq.ml.verification;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What a full check of something saved found whole: every file was read, and every length, count and CRC-32C compared
 * with what was written. Loading compares no more than lengths, but for the small files of codebooks and metadata.
 *
 * @param path what was checked
 * @param kind {@code index}, {@code model}, {@code estimator}, {@code pipeline} (any stage of Spark ML that has
 *     stages of spark-nsvq in it) or {@code faiss} (an index file of FAISS)
 * @param stages number of stages of spark-nsvq; 0 for a file
 * @param files number of files
 * @param bytes of all files
 * @param vectors in indexes, without those that were deleted
 * @param segments of indexes
 * @param checksums number of files whose CRC-32C was compared; what no checksum was written of was only read
 * @param manifest whether a manifest, or a side file {@code NAME.crc32c}, says what was written: of all stages
 */
public record Verification(
        String path,
        String kind,
        int stages,
        int files,
        long bytes,
        long vectors,
        int segments,
        int checksums,
        boolean manifest) {

    /**
     * Checks the directory of an index, of a model, or of a pipeline with such, or an index file of FAISS.
     *
     * @param path of the directory or file
     * @param spark the session: the executors read large files
     * @throws NsvqException if a file is damaged, missing or additional: it names the first one and counts the others
     */
    public static Verification of(String path, SparkSession spark) {
        try {
            FileSystem files = new Path(path).getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Path place = files.makeQualified(new Path(path));
            return new Verifier(path, files, spark).verify(files.getFileStatus(place));
        } catch (FileNotFoundException e) {
            throw new NsvqException(path + " cannot be verified: there is no such file or directory", e);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed(path + " cannot be read", e);
        }
    }
}
