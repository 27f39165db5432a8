package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.Param;

/**
 * The params of a stage that decodes.
 *
 * @param <T> the stage itself
 */
public interface CodeDecoderParams<T> extends HasParamSet<T> {

    /** Param for the path of a saved model. */
    default Param<String> modelPath() {
        return paramSet().get("modelPath");
    }

    /** Returns the path of a saved model. */
    default String getModelPath() {
        return getOrDefault(modelPath());
    }

    /** Sets the path of a saved model with one or several codebooks, or a line. */
    default T setModelPath(String value) {
        return assign(modelPath(), value);
    }

    /** Param for the column of codes. */
    default Param<String> codeCol() {
        return paramSet().get("codeCol");
    }

    /** Returns the column of codes. */
    default String getCodeCol() {
        return getOrDefault(codeCol());
    }

    /**
     * Sets the column of codes: int of a {@code VQModel}, double of a {@code SpaceFillingVQModel}, whose codes are
     * positions, binary or {@code array<int>} of others. Not set, it is the first one that the saved model adds.
     */
    default T setCodeCol(String value) {
        return assign(codeCol(), value);
    }

    /** Param for the column for what the codes stand for. */
    default Param<String> reconstructionCol() {
        return paramSet().get("reconstructionCol");
    }

    /** Returns the column for what the codes stand for. */
    default String getReconstructionCol() {
        return getOrDefault(reconstructionCol());
    }

    /** Sets the column for what the codes stand for. */
    default T setReconstructionCol(String value) {
        return assign(reconstructionCol(), value);
    }
}
