package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What {@code python_overhead.py} does by the Python package, written in Java: called by that script, in the same JVM
 * and on the same cached data, in turns with itself. Times are in seconds.
 */
public final class PythonOverhead {
    private static final double NANOS = 1e9;

    private PythonOverhead() {}

    /** Trains a codebook. */
    public static double fit(Dataset<Row> data, int k, int maxIter) {
        long began = System.nanoTime();
        new VQ().setK(k).setMaxIter(maxIter).setSeed(1).fit(data);
        return (System.nanoTime() - began) / NANOS;
    }

    /** Encodes all rows. */
    public static double transform(VQModel model, Dataset<Row> data) {
        long began = System.nanoTime();
        run(model.transform(data));
        return (System.nanoTime() - began) / NANOS;
    }

    /** Builds an index, to be searched. */
    public static IvfIndexModel index(Dataset<Row> data, String directory, int lists) {
        return new IvfIndex()
                .setIndexDir(directory)
                .setNumLists(lists)
                .setNumCodebooks(16)
                .setMaxIter(5)
                .setSeed(1)
                .fit(data);
    }

    /** Searches for the neighbors of all queries. */
    public static double search(IvfIndexModel model, Dataset<Row> queries, int k, int probes) {
        long began = System.nanoTime();
        run(model.setK(k).setProbes(probes).transform(queries));
        return (System.nanoTime() - began) / NANOS;
    }

    private static void run(Dataset<Row> rows) {
        rows.write().format("noop").mode("overwrite").save();
    }
}
