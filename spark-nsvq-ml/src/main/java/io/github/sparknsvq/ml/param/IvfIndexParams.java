package io.github.sparknsvq.ml.param;

import java.util.List;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * The params of indexes, estimator and model alike: what is trained and how, and how it is searched.
 *
 * @param <T> the stage itself
 */
public interface IvfIndexParams<T> extends CodebookParams<T>, IvfSearchParams<T> {
    /** The names of what codes vectors. */
    List<String> QUANTIZERS = List.of("flat", "pq", "opq", "rq", "aq");

    /** The names of how the lists' centroids are trained. */
    List<String> LIST_TRAININGS = List.of("auto", "flat", "hierarchical");

    /** The most inverted lists of an index that is trained. */
    int MOST_LISTS = 1 << 20;

    /** The most lists that are chosen where their number is automatic. */
    int MOST_AUTOMATIC_LISTS = 1 << 16;

    /** Param for the number of lists, 0 for automatic. */
    default IntParam numLists() {
        return paramSet().get("numLists");
    }

    /** Returns the number of lists, 0 for automatic. */
    default int getNumLists() {
        return (int) getOrDefault(numLists());
    }

    /** Param for how the lists' centroids are trained: auto, flat or hierarchical. */
    default Param<String> listTraining() {
        return paramSet().get("listTraining");
    }

    /** Returns how the lists' centroids are trained: auto, flat or hierarchical. */
    default String getListTraining() {
        return getOrDefault(listTraining());
    }

    /** Param for what vectors are compared by: l2, ip or cosine. */
    default Param<String> metric() {
        return paramSet().get("metric");
    }

    /** Returns what vectors are compared by: l2, ip or cosine. */
    default String getMetric() {
        return getOrDefault(metric());
    }

    /** Param for what codes vectors: flat, pq, opq, rq or aq. */
    default Param<String> quantizer() {
        return paramSet().get("quantizer");
    }

    /** Returns what codes vectors: flat, pq, opq, rq or aq. */
    default String getQuantizer() {
        return getOrDefault(quantizer());
    }

    /** Param for the number of passes that find the rotation of opq, -1 for opq's default. */
    default IntParam rotationIter() {
        return paramSet().get("rotationIter");
    }

    /** Returns the number of passes that find the rotation of opq, -1 for opq's default. */
    default int getRotationIter() {
        return (int) getOrDefault(rotationIter());
    }

    /** Param for the number of joint passes of rq and aq, -1 for their defaults. */
    default IntParam jointIter() {
        return paramSet().get("jointIter");
    }

    /** Returns the number of joint passes of rq and aq, -1 for their defaults. */
    default int getJointIter() {
        return (int) getOrDefault(jointIter());
    }

    /** Param for how many sums of codewords the search for a code keeps, -1 for the default. */
    default IntParam beam() {
        return paramSet().get("beam");
    }

    /** Returns how many sums of codewords the search for a code keeps, -1 for the default. */
    default int getBeam() {
        return (int) getOrDefault(beam());
    }

    /** Param for the columns kept beside the ids. */
    default StringArrayParam attributeCols() {
        return paramSet().get("attributeCols");
    }

    /** Returns the columns kept beside the ids. */
    default String[] getAttributeCols() {
        return getOrDefault(attributeCols());
    }

    /** Param for the update rule. */
    default Param<String> updater() {
        return paramSet().get("updater");
    }

    /** Returns the update rule. */
    default String getUpdater() {
        return getOrDefault(updater());
    }

    /** Param for the number of steps between two merges. */
    default IntParam localSteps() {
        return paramSet().get("localSteps");
    }

    /** Returns the number of steps between two merges. */
    default int getLocalSteps() {
        return (int) getOrDefault(localSteps());
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends IvfIndexParams<T>, CodebookParams.OfEstimator<T> {
        /**
         * Sets the number of steps between two merges; 0, the default, leaves it to the trainings. Any other number
         * takes the rates of earlier revisions as well, so that their indexes and checkpoints go on as they were: a
         * final rate of .05, and for lists, pq and opq a learning rate of .5.
         */
        default T setLocalSteps(int value) {
            return assign(localSteps(), value);
        }

        /** Sets the update rule. */
        default T setUpdater(String value) {
            return assign(updater(), value);
        }

        /** Sets the number of lists, 0 for automatic. */
        default T setNumLists(int value) {
            return assign(numLists(), value);
        }

        /**
         * Sets how the lists' centroids are trained: auto, flat or hierarchical. Hierarchical training has passes of
         * its own: {@code maxIter}, {@code updater} and {@code localSteps} then go to the codebooks alone, which a
         * warning says.
         */
        default T setListTraining(String value) {
            return assign(listTraining(), value);
        }

        /** Sets what vectors are compared by: l2, ip or cosine. */
        default T setMetric(String value) {
            return assign(metric(), value);
        }

        /** Sets what codes vectors: flat, pq, opq, rq or aq. */
        default T setQuantizer(String value) {
            return assign(quantizer(), value);
        }

        /** Sets the number of passes that find the rotation of opq, -1 for opq's default. */
        default T setRotationIter(int value) {
            return assign(rotationIter(), value);
        }

        /** Sets the number of joint passes of rq and aq, -1 for their defaults. */
        default T setJointIter(int value) {
            return assign(jointIter(), value);
        }

        /** Sets how many sums of codewords the search for a code keeps, -1 for the default. */
        default T setBeam(int value) {
            return assign(beam(), value);
        }

        /** Sets the directory that fit makes, empty for one that fit chooses. */
        default T setIndexDir(String value) {
            return assign(indexDir(), value);
        }

        /** Sets the columns kept beside the ids. */
        default T setAttributeCols(String... values) {
            return assign(attributeCols(), values);
        }

        /** The same from a list, as Python gives it. */
        default T setAttributeCols(List<String> values) {
            return setAttributeCols(values.toArray(String[]::new));
        }
    }
}
