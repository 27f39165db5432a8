package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link CodeParams}. */
public class CodeParamSet extends TrainingParamSet {
    private static final long serialVersionUID = 1L;

    private static final int NUM_CODEBOOKS = 8;
    private static final int CODEBOOK_BITS = 8;
    private static final int LEAST_BITS = 4;
    private static final int MOST_BITS = 16;

    final IntParam numCodebooks;
    final IntParam codebookBits;
    final Param<String> codeCol;
    final Param<String> codesCol;
    final Param<String> errorsCol;
    final Param<String> distanceCol;
    final Param<String> reconstructionCol;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    protected CodeParamSet(Params stage) {
        super(stage);
        numCodebooks =
                new IntParam(stage, "numCodebooks", "number of codebooks (>= 1)", Checks.atLeast("numCodebooks", 1));
        codebookBits = new IntParam(
                stage,
                "codebookBits",
                "bits of an index: each codebook has 2^codebookBits codewords (4 to 16)",
                Checks.between("codebookBits", LEAST_BITS, MOST_BITS));
        codeCol = new Param<>(
                stage, "codeCol", "column for the code, binary: the indices as one stream of bits; empty: none");
        codesCol = new Param<>(
                stage, "codesCol", "column for the code's indices, array<int>, one for each codebook; empty: none");
        errorsCol = new Param<>(
                stage,
                "errorsCol",
                "column for squared errors, array<float>: of a product quantizer that of each part, of others what the"
                        + " codebooks up to each one leave over; empty: none");
        distanceCol = new Param<>(
                stage,
                "distanceCol",
                "column for the Euclidean distance of the vector (of length 1 under distanceMeasure cosine) from what its"
                        + " code stands for, float; empty: none");
        reconstructionCol = new Param<>(
                stage, "reconstructionCol", "column for what the code stands for, array<float>; empty: none");
    }

    @Override
    public void setDefaults(Params stage) {
        super.setDefaults(stage);
        stage.setDefault(numCodebooks, NUM_CODEBOOKS);
        stage.setDefault(codebookBits, CODEBOOK_BITS);
        stage.setDefault(codeCol, "code");
        stage.setDefault(codesCol, "");
        stage.setDefault(errorsCol, "");
        stage.setDefault(distanceCol, "");
        stage.setDefault(reconstructionCol, "");
    }
}
