package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import java.util.Optional;

/**
 * Searches on the CPU, but asks for calls of another size, as a device does, and notes how many rows each call
 * brought.
 */
record CallCounter(int wanted, List<Integer> calls) implements NearestCodewordProvider {

    @Override
    public String name() {
        return "counter";
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public String description() {
        return "counts calls";
    }

    @Override
    public Optional<String> unavailableBecause() {
        return Optional.empty();
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        NearestCodeword search = NearestCodewordProviders.cpu().prepare(codebook);
        return new NearestCodeword() {
            @Override
            public int dimension() {
                return search.dimension();
            }

            @Override
            public int codewords() {
                return search.codewords();
            }

            @Override
            public int rowsPerCall() {
                return wanted;
            }

            @Override
            public void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
                calls.add(count);
                search.nearest(rows, offset, count, index, squaredDistance);
            }

            @Override
            public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
                calls.add(count);
                search.nearest(rows, offset, count, p, index, squaredDistance);
            }
        };
    }
}
