package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.faiss.FaissIndex;
import io.github.sparknsvq.core.io.faiss.FaissMetric;
import io.github.sparknsvq.core.io.faiss.FaissWriter;
import io.github.sparknsvq.ml.util.SparkInternals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Models as files that FAISS opens. */
final class FaissExport {
    private FaissExport() {}

    /** Writes a model's codebooks as an index without vectors, to a file that is not there yet. */
    static void model(CodeModel<?> model, String path, SparkSession spark) {
        FaissMetric metric = model.cosine() ? FaissMetric.INNER_PRODUCT : FaissMetric.L2;
        FaissWriter writer = new FaissWriter(new FaissIndex(model.quantizer(), metric, 0, false));
        try {
            Path file = new Path(path);
            FileSystem files = file.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            try (OutputStream out = new BufferedOutputStream(files.create(file, false))) {
                writer.writeHeader(out);
                writer.writeTrailer(out);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new NsvqException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }
}
