package io.github.sparknsvq.ml.saving;

import java.io.IOException;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/** What Parquet files say of themselves at their end. */
public final class ParquetFooters {
    private ParquetFooters() {}

    /**
     * Reads the footer of a file.
     *
     * @throws IOException if it cannot be read
     * @throws RuntimeException of Parquet, if the file is not a Parquet file
     */
    public static ParquetMetadata read(HadoopInputFile file) throws IOException {
        // without options Parquet makes a Hadoop configuration of its own, which parses Hadoop's XML files anew
        var options = HadoopReadOptions.builder(file.getConfiguration()).build();
        try (ParquetFileReader reader = ParquetFileReader.open(file, options)) {
            return reader.getFooter();
        }
    }
}
