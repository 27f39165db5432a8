package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;

/** The params of residual quantization, estimator and model alike. */
public interface ResidualVQParams extends SumParams {

    @Override
    ResidualVQParamSet paramSet();

    /** Param for the bits of each level. */
    default IntArrayParam levelBits() {
        return paramSet().levelBits;
    }

    /** Returns the bits of each level; empty if all have {@code codebookBits}. */
    default int[] getLevelBits() {
        return getOrDefault(levelBits()).clone();
    }

    /** Param for whether codewords should be chosen about equally often. */
    default BooleanParam balanced() {
        return paramSet().balanced;
    }

    /** Returns whether codewords should be chosen about equally often. */
    default boolean getBalanced() {
        return (boolean) (Boolean) getOrDefault(balanced());
    }

    /** Param for the passes that find the prices of balanced levels. */
    default IntParam balanceIter() {
        return paramSet().balanceIter;
    }

    /** Returns the passes that find the prices of balanced levels. */
    default int getBalanceIter() {
        return (int) (Integer) getOrDefault(balanceIter());
    }

    /** Param for the squared error at which a code may end. */
    default DoubleParam errorThreshold() {
        return paramSet().errorThreshold;
    }

    /** Returns the squared error at which a code may end, negative for codes with all levels. */
    default double getErrorThreshold() {
        return (double) (Double) getOrDefault(errorThreshold());
    }

    @Override
    default boolean variableLength() {
        return getErrorThreshold() >= 0;
    }

    /** Returns the number of codewords of each level. */
    default int[] levelSizes() {
        int[] bits = getLevelBits();
        if (bits.length == 0) {
            bits = new int[getNumCodebooks()];
            Arrays.fill(bits, getCodebookBits());
        }
        return Arrays.stream(bits).map(b -> 1 << b).toArray();
    }

    /** Returns whether the bytes of a code tell how many levels it has. */
    default boolean tellsLevels() {
        return Arrays.stream(levelSizes()).allMatch(size -> size >= 1 << Byte.SIZE);
    }

    /** Refuses codes that could end anywhere, but whose bytes would not say where. */
    default void checkVariableLength() {
        if (variableLength() && !getCodeCol().isEmpty() && !tellsLevels()) {
            throw new NsvqException("errorThreshold needs levels of 8 bits or more, since the bytes of a code tell how"
                    + " many levels it has; with smaller levels set codeCol to \"\" and use codesCol");
        }
    }
}
