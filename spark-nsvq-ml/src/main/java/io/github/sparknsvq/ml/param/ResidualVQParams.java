package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;

/**
 * The params of residual quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface ResidualVQParams<T> extends SumParams<T> {

    /** Param for the squared error at which a code may end, negative for codes with all levels. */
    default DoubleParam errorThreshold() {
        return paramSet().get("errorThreshold");
    }

    /** Returns the squared error at which a code may end, negative for codes with all levels. */
    default double getErrorThreshold() {
        return (double) getOrDefault(errorThreshold());
    }

    /** Sets the squared error at which a code may end, negative for codes with all levels. */
    default T setErrorThreshold(double value) {
        return assign(errorThreshold(), value);
    }

    /** Param for the bits of each level; empty for {@code numCodebooks} levels of {@code codebookBits}. */
    default IntArrayParam levelBits() {
        return paramSet().get("levelBits");
    }

    /** Returns the bits of each level; empty for {@code numCodebooks} levels of {@code codebookBits}. */
    default int[] getLevelBits() {
        return getOrDefault(levelBits()).clone();
    }

    /** Param for whether codewords should be chosen about equally often. */
    default BooleanParam balanced() {
        return paramSet().get("balanced");
    }

    /** Returns whether codewords should be chosen about equally often. */
    default boolean getBalanced() {
        return (boolean) getOrDefault(balanced());
    }

    /** Param for the number of passes that find the prices of balanced levels. */
    default IntParam balanceIter() {
        return paramSet().get("balanceIter");
    }

    /** Returns the number of passes that find the prices of balanced levels. */
    default int getBalanceIter() {
        return (int) getOrDefault(balanceIter());
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

    /** Whether the bytes of a code tell how many levels it has. */
    default boolean tellsLevels() {
        return Arrays.stream(levelSizes()).allMatch(size -> size >= 1 << Byte.SIZE);
    }

    /**
     * Refuses codes that may end early, but whose bytes do not tell where.
     *
     * @throws NsvqException if there is {@code errorThreshold} and a packed code, but a level of less than 8 bits
     */
    default void checkVariableLength() {
        if (variableLength() && !getCodeCol().isEmpty() && !tellsLevels()) {
            throw new NsvqException("errorThreshold needs levels of 8 bits or more, since the bytes of a code tell"
                    + " how many levels it has; with smaller levels set codeCol to \"\" and use codesCol");
        }
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends ResidualVQParams<T>, SumParams.OfEstimator<T> {
        /** Sets the bits of each level; empty for {@code numCodebooks} levels of {@code codebookBits}. */
        default T setLevelBits(int... values) {
            return assign(levelBits(), values);
        }

        /** The same from a list, as Python gives it. */
        default T setLevelBits(List<Integer> values) {
            return setLevelBits(values.stream().mapToInt(Integer::intValue).toArray());
        }

        /** Sets whether codewords should be chosen about equally often. */
        default T setBalanced(boolean value) {
            return assign(balanced(), value);
        }

        /** Sets the number of passes that find the prices of balanced levels. */
        default T setBalanceIter(int value) {
            return assign(balanceIter(), value);
        }
    }
}
