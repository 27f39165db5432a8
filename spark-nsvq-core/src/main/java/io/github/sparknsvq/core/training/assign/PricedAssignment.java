package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;

/**
 * Levels of codebooks whose codewords have prices: a residual chooses the codeword whose squared distance and price
 * are least together. The target is the residual, as without prices.
 *
 * <p>A price is a coordinate more: the codeword's is the root of its price, the row's is zero.
 *
 * @param levels the levels
 * @param prices a price for each codeword, numbered through, none negative; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PricedAssignment(ResidualAssignment levels, float[] prices) implements Assignment {

    @Override
    public CodebookLayout layout() {
        return levels.layout();
    }

    @Override
    public int rowDimension() {
        return levels.rowDimension();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
        NearestCodeword[] searches = new NearestCodeword[layout().codebooks()];
        Arrays.setAll(searches, m -> provider.prepare(priced(codewords, m)));
        return new LevelAssigner(layout(), codewords, searches, most);
    }

    private FloatMatrix priced(float[] codewords, int m) {
        int d = layout().dimension();
        float[] values = new float[layout().sizes()[m] * (d + 1)];
        for (int k = 0; k < layout().sizes()[m]; k++) {
            int codeword = layout().start(m) + k;
            System.arraycopy(codewords, codeword * d, values, k * (d + 1), d);
            values[k * (d + 1) + d] = (float) Math.sqrt(prices[codeword]);
        }
        return new FloatMatrix(layout().sizes()[m], d + 1, values);
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        return levels.start(sample, chooser, device);
    }

    @Override
    public double error(CodebookStatistics statistics) {
        return levels.error(statistics);
    }
}
