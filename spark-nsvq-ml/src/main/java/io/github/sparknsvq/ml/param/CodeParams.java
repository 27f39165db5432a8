package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/** The params of quantizers with several codebooks, estimators and models alike. */
public interface CodeParams extends TrainingParams {

    @Override
    CodeParamSet paramSet();

    /** Param for the number of codebooks. */
    default IntParam numCodebooks() {
        return paramSet().numCodebooks;
    }

    /** Returns the number of codebooks. */
    default int getNumCodebooks() {
        return (int) (Integer) getOrDefault(numCodebooks());
    }

    /** Param for the bits of an index. */
    default IntParam codebookBits() {
        return paramSet().codebookBits;
    }

    /** Returns the bits of an index. */
    default int getCodebookBits() {
        return (int) (Integer) getOrDefault(codebookBits());
    }

    /** Param for the column for the code, empty for none. */
    default Param<String> codeCol() {
        return paramSet().codeCol;
    }

    /** Returns the column for the code, empty for none. */
    default String getCodeCol() {
        return getOrDefault(codeCol());
    }

    /** Param for the column for the code's indices, empty for none. */
    default Param<String> codesCol() {
        return paramSet().codesCol;
    }

    /** Returns the column for the code's indices, empty for none. */
    default String getCodesCol() {
        return getOrDefault(codesCol());
    }

    /** Param for the column for squared errors, empty for none. */
    default Param<String> errorsCol() {
        return paramSet().errorsCol;
    }

    /** Returns the column for squared errors, empty for none. */
    default String getErrorsCol() {
        return getOrDefault(errorsCol());
    }

    /** Param for the column for the distance from what the code stands for, empty for none. */
    default Param<String> distanceCol() {
        return paramSet().distanceCol;
    }

    /** Returns the column for the distance from what the code stands for, empty for none. */
    default String getDistanceCol() {
        return getOrDefault(distanceCol());
    }

    /** Param for the column for what the code stands for, empty for none. */
    default Param<String> reconstructionCol() {
        return paramSet().reconstructionCol;
    }

    /** Returns the column for what the code stands for, empty for none. */
    default String getReconstructionCol() {
        return getOrDefault(reconstructionCol());
    }

    /** Returns whether codes may end before the last codebook. */
    default boolean variableLength() {
        return false;
    }
}
