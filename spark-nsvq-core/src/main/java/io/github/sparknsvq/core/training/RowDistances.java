package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.RowBlock;

/** Squared distances of whole blocks of rows from their nearest codewords. */
final class RowDistances {
    private final NearestCodeword search;

    RowDistances(float[] codewords, int dimension, Device device) {
        FloatMatrix codebook = new FloatMatrix(codewords.length / dimension, dimension, codewords);
        this.search = NearestCodewordProviders.forDevice(device).prepare(codebook);
    }

    float[] of(RowBlock block) {
        float[] distance = new float[block.rows()];
        search.nearest(block.values(), 0, block.rows(), new int[block.rows()], distance);
        return distance;
    }
}
