package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.training.TrainingSettings;
import org.apache.spark.ml.param.IntParam;

/** The params of quantizers that add codewords up. */
public interface SumParams extends CodeParams {

    @Override
    SumParamSet paramSet();

    /** Half of the passes are Lloyd's unless another number is set: the first levels then hold still for the later ones. */
    @Override
    default TrainingSettings trainingSettings(int codewords) {
        TrainingSettings settings = CodeParams.super.trainingSettings(codewords);
        return getLloydIter() == TrainingSettings.AUTO
                ? settings.toBuilder()
                        .passes(getMaxIter(), (getMaxIter() + 1) / 2)
                        .build()
                : settings;
    }

    /** Param for how many sums the search for a code keeps. */
    default IntParam beam() {
        return paramSet().beam;
    }

    /** Returns how many sums the search for a code keeps. */
    default int getBeam() {
        return (int) (Integer) getOrDefault(beam());
    }

    /** Param for the passes that solve for all codebooks together. */
    default IntParam jointIter() {
        return paramSet().jointIter;
    }

    /** Returns the passes that solve for all codebooks together. */
    default int getJointIter() {
        return (int) (Integer) getOrDefault(jointIter());
    }
}
