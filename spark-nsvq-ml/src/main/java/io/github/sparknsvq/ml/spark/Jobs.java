package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.util.function.Supplier;

/** Jobs that a call waits for. */
public final class Jobs {
    private Jobs() {}

    /**
     * Returns what jobs find. Where one of their tasks fails with an error of spark-nsvq, that sentence is thrown, in
     * place of Spark's error with the stack of the task in its message.
     *
     * @param jobs runs them
     * @throws NsvqException if spark-nsvq itself says what is wrong
     */
    public static <T> T run(Supplier<T> jobs) {
        try {
            return jobs.get();
        } catch (NsvqException e) {
            throw e;
        } catch (Exception e) { // SparkException is checked, but not declared
            String said = Reason.ours(e).orElse(null);
            if (said == null) {
                throw e;
            }
            throw new NsvqException(said, e);
        }
    }

    /** The same, of jobs that find nothing. */
    public static void run(Runnable jobs) {
        run(() -> {
            jobs.run();
            return null;
        });
    }
}
