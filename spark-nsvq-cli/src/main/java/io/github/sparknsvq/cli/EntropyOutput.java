package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Entropy-coded codes as the commands write and describe them. */
final class EntropyOutput {
    private EntropyOutput() {}

    /**
     * Writes codes, and puts how good they are and how many bytes they take.
     *
     * @param kept columns to write beside the code
     * @return the seconds that encoding and writing took
     */
    static double write(Encoding encoder, Dataset<Row> data, List<Column> kept, String path, Result result) {
        Dataset<Row> codes = SparkInternals.persist(encoder.codes(data, kept), Encoding.KEPT);
        try {
            Dataset<Row> wanted = codes.drop(Encoding.ERRORS, Encoding.DISTANCE);
            boolean packed = List.of(wanted.columns()).contains(Encoding.CODE);
            long began = System.nanoTime();
            EntropyCodes.Size size =
                    EntropyCodes.write(packed ? wanted.drop(Encoding.CODES) : wanted, encoder.model, path);
            double seconds = (System.nanoTime() - began) / 1e9;
            result.putAll(encoder.measure(codes)).putAll(describe(size));
            return seconds;
        } finally {
            codes.unpersist();
        }
    }

    /**
     * Opens codes that a model gave.
     *
     * @throws NsvqException if they are of codebooks of other sizes
     */
    static Dataset<Row> read(SparkSession spark, String path, QuantizerModel<?, ?> model) {
        EntropyCodes coded = EntropyCodes.open(path, spark);
        int[] sizes = model.shared().layout().sizes();
        NsvqException.unless(
                Arrays.equals(sizes, coded.codewords()),
                path + " holds codes of codebooks of " + Arrays.toString(coded.codewords())
                        + " codewords, and the model has " + Arrays.toString(sizes)
                        + ": give the model that they were encoded with");
        return coded.codes();
    }

    /** Says how many bytes codes take. */
    static Result describe(EntropyCodes.Size size) {
        return new Result()
                .put("codedBits", size.codedBits())
                .put("blocks", size.blocks())
                .put("codedBytes", size.codedBytes())
                .put("tableBytes", size.tableBytes())
                .put("otherBytes", size.otherBytes());
    }
}
