package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import scala.Function1;

/** What values a param takes. Unlike Spark's validators these say what would have been valid. */
public final class Checks {
    private Checks() {}

    /**
     * Refuses streams, which have no end that a training or an index could wait for.
     *
     * @param what what was to be done with the rows, such as {@code trained on}
     * @throws NsvqException if the data set is a stream
     */
    public static void notStreaming(Dataset<?> data, String what) {
        NsvqException.unless(!data.isStreaming(), "a stream cannot be " + what + ": use foreachBatch");
    }

    /** A check as Spark takes it. */
    public interface Check<T> extends Function1<T, Object>, Serializable {}

    /** A whole number that is not less than another. */
    public static Check<Object> atLeast(String name, int least) {
        return value -> {
            if (((Number) value).intValue() < least) {
                throw new NsvqException(name + " = " + value + ": at least " + least + " is needed");
            }
            return true;
        };
    }

    public static Check<Object> between(String name, int least, int most) {
        return value -> {
            int number = ((Number) value).intValue();
            if (number < least || number > most) {
                throw new NsvqException(name + " = " + value + ": " + least + " to " + most + " are valid");
            }
            return true;
        };
    }

    static Check<Object> powerOfTwo(String name, int least, int most) {
        return value -> {
            int number = ((Number) value).intValue();
            if (number < least || number > most || Integer.bitCount(number) != 1) {
                throw new NsvqException(
                        name + " = " + value + ": a power of two from " + least + " to " + most + " is needed");
            }
            return true;
        };
    }

    static Check<int[]> eachBetween(String name, int least, int most) {
        return values -> {
            if (values == null) {
                throw new NsvqException(name + " = null: an array is needed");
            }
            for (int value : values) {
                between(name, least, most).apply(value);
            }
            return true;
        };
    }

    static Check<Object> notNegative(String name) {
        return value -> {
            double number = ((Number) value).doubleValue();
            if (!(number >= 0 && number < Double.POSITIVE_INFINITY)) {
                throw new NsvqException(name + " = " + value + ": must be 0 or more");
            }
            return true;
        };
    }

    /** No weights, or one for each dimension. */
    static Check<double[]> weights() {
        return values -> {
            NsvqException.unless(values != null, "dimensionWeights = null: an array is needed");
            return values.length == 0 || new Scaling(values).inputDimension() > 0; // which says what is wrong
        };
    }

    static Check<Object> share(String name) {
        return value -> {
            double number = ((Number) value).doubleValue();
            if (!(number >= 0 && number <= 1)) {
                throw new NsvqException(name + " = " + value + ": must be from 0 to 1");
            }
            return true;
        };
    }

    static Check<Object> positive(String name) {
        return value -> {
            double number = ((Number) value).doubleValue();
            if (!(number > 0 && number < Double.POSITIVE_INFINITY)) {
                throw new NsvqException(name + " = " + value + ": must be positive");
            }
            return true;
        };
    }

    /** A string that is one of those given. */
    public static Check<String> oneOf(String name, List<String> valid) {
        return value -> {
            if (!valid.contains(value)) {
                throw new NsvqException(name + " = '" + value + "': must be one of " + String.join(", ", valid));
            }
            return true;
        };
    }
}
