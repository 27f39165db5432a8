package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.SearchDevice;
import java.io.Serializable;

/** The centroids of an index's lists on their way to executors, where the search among them is prepared once. */
final class SharedLists implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int dimension;
    private final float[] centroids;
    private final Device device;

    private transient NearestCodeword search;

    /** Wraps centroids, not copied. */
    SharedLists(FloatMatrix centroids, Device device) {
        this.dimension = centroids.columns();
        this.centroids = centroids.values();
        this.device = device;
    }

    /** Returns the centroids, row-major, not copied. */
    float[] centroids() {
        return centroids;
    }

    /** Returns the search for the nearest list, as the index has it. */
    synchronized NearestCodeword search() {
        if (search == null) {
            int lists = centroids.length / dimension;
            search = TwoLevelProvider.forLists(lists, SearchDevice.provider(device))
                    .prepare(new FloatMatrix(lists, dimension, centroids));
        }
        return search;
    }
}
