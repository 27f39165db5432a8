package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.param.SumParams;
import java.util.List;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A model as the commands use it: it encodes the vectors of an input, and measures what is lost. */
interface Encoding {

    /** Returns the encoding of a model, which is set to the input's columns. */
    static Encoding of(Model<?> model, VectorOptions vectors) {
        return model instanceof CodeModel<?> code
                ? new CodeEncoding(code, vectors)
                : new CodewordEncoding((VQModel) model, vectors);
    }

    /**
     * Sets how many sums of codewords the search for a code keeps.
     *
     * @param beam how many, or null for as many as the model says
     */
    static Model<?> withBeam(Model<?> model, Integer beam) {
        if (beam != null) {
            if (!(model instanceof SumParams<?> sums)) {
                throw new NsvqException(
                        "--beam is for models of rq and aq, whose codes are searched by sums of codewords");
            }
            sums.set(sums.beam(), beam);
        }
        return model;
    }

    /**
     * Sets where a model searches.
     *
     * @param device auto, cpu or opencl, or null for where the model says
     */
    static Model<?> withDevice(Model<?> model, String device) {
        if (device == null) {
            return model;
        }
        return model instanceof CodeModel<?> code ? code.setDevice(device) : ((VQModel) model).setDevice(device);
    }

    /** Returns the dimension of the vectors. */
    int dimension();

    /** Returns whether vectors are scaled to length 1. */
    boolean cosine();

    /** Returns the codes: the columns that are kept, the code, and what {@link #measure} needs. */
    Dataset<Row> codes(Dataset<Row> data, List<Column> kept);

    /** Writes codes as Parquet: the columns that are kept, and the code. */
    Quality write(Dataset<Row> data, List<Column> kept, String path);

    /** Measures what {@link #codes} gave. */
    Quality measure(Dataset<Row> codes);

    /** What codes say of the vectors. */
    interface Quality {
        /** Returns how long it took. */
        double seconds();

        /** Puts it into a result. */
        void report(Result result);

        /**
         * Searches all codes for the true nearest neighbours of queries.
         *
         * @param codes {@code id: bigint}, the code, and maybe more
         * @param queries one per row
         * @param truth id of each query's true nearest neighbour
         * @param search how
         * @return per query the number of rows that come before its true neighbour
         */
        long[] ranks(Dataset<Row> codes, FloatMatrix queries, long[] truth, Search search);
    }

    /**
     * How codes are searched.
     *
     * @param skipped whether rows may be missing because they were invalid
     * @param innerProduct whether the nearest has the largest inner product rather than the smallest distance
     */
    record Search(boolean skipped, boolean innerProduct) {}
}
