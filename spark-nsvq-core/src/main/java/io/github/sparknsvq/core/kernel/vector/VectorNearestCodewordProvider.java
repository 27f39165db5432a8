package io.github.sparknsvq.core.kernel.vector;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Optional;

/** The Vector API provider. Loaded by name, after the guards that make loading it safe. */
public final class VectorNearestCodewordProvider implements NearestCodewordProvider {

    /** Makes the provider; called by reflection. */
    public VectorNearestCodewordProvider() {}

    @Override
    public String name() {
        return "vector-api";
    }

    @Override
    public String description() {
        return "Vector API, " + Lanes.LENGTH + " floats at a time";
    }

    @Override
    public Optional<String> unavailableBecause() {
        return Lanes.LENGTH >= 4
                ? Optional.empty()
                : Optional.of("this machine's vectors hold fewer than 4 floats, plain Java is faster");
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        return new VectorNearestCodeword(codebook);
    }

    @Override
    public SumKernel sums() {
        return new VectorSumKernel();
    }

    @Override
    public ScanKernel scans() {
        return new VectorScanKernel();
    }
}
