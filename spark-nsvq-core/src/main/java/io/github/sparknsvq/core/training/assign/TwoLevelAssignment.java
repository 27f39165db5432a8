package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.TwoLevelSearch;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * One codebook of very many codewords in cells: a row chooses the nearest codeword of the cells that are nearest to
 * it, and is its target (see {@link TwoLevelSearch}).
 *
 * @param layout the codebook
 * @param cells centroids of the cells, {@code cells x D}; not copied
 * @param cellOf the cell of each codeword; not copied
 * @param near how many cells a row looks at
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record TwoLevelAssignment(CodebookLayout layout, float[] cells, int[] cellOf, int near) implements Assignment {

    @Override
    public int rowDimension() {
        return layout.dimension();
    }

    @Override
    public int rowsPerCall(Device device) {
        return TwoLevelSearch.rowsPerCall(layout.dimension());
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        int d = layout.dimension();
        TwoLevelSearch search = TwoLevelSearch.of(
                new FloatMatrix(layout.total(), d, codewords),
                new FloatMatrix(cells.length / d, d, cells),
                cellOf,
                near,
                NearestCodewordProviders.forDevice(device));
        return SingleAssignment.assigner(search, 0, most);
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        return chooser.choose(sample, layout.total(), 0).values();
    }
}
