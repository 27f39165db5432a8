package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The params of indexes, estimator and model alike: what is trained and how, and how it is searched. */
public interface IvfIndexParams extends Params {

    /** Returns the param objects. */
    IvfIndexParamSet paramSet();

    /** Param for the column of vectors, and of queries. */
    default Param<String> featuresCol() {
        return paramSet().featuresCol;
    }

    /** Returns the column of vectors, and of queries. */
    default String getFeaturesCol() {
        return getOrDefault(featuresCol());
    }

    /** Param for the column of ids. */
    default Param<String> idCol() {
        return paramSet().idCol;
    }

    /** Returns the column of ids. */
    default String getIdCol() {
        return getOrDefault(idCol());
    }

    /** Param for the number of lists, 0 for automatic. */
    default IntParam numLists() {
        return paramSet().numLists;
    }

    /** Returns the number of lists, 0 for automatic. */
    default int getNumLists() {
        return (int) (Integer) getOrDefault(numLists());
    }

    /** Param for what vectors are compared by: l2, ip or cosine. */
    default Param<String> metric() {
        return paramSet().metric;
    }

    /** Returns what vectors are compared by: l2, ip or cosine. */
    default String getMetric() {
        return getOrDefault(metric());
    }

    /** Param for what codes vectors: flat, pq, opq, rq or aq. */
    default Param<String> quantizer() {
        return paramSet().quantizer;
    }

    /** Returns what codes vectors: flat, pq, opq, rq or aq. */
    default String getQuantizer() {
        return getOrDefault(quantizer());
    }

    /** Param for the number of codebooks. */
    default IntParam numCodebooks() {
        return paramSet().numCodebooks;
    }

    /** Returns the number of codebooks. */
    default int getNumCodebooks() {
        return (int) (Integer) getOrDefault(numCodebooks());
    }

    /** Param for the bits of an index. */
    default IntParam codebookBits() {
        return paramSet().codebookBits;
    }

    /** Returns the bits of an index. */
    default int getCodebookBits() {
        return (int) (Integer) getOrDefault(codebookBits());
    }

    /** Param for the passes that train centroids, and again codebooks. */
    default IntParam maxIter() {
        return paramSet().maxIter;
    }

    /** Returns the passes that train centroids, and again codebooks. */
    default int getMaxIter() {
        return (int) (Integer) getOrDefault(maxIter());
    }

    /** Param for the steps between two merges. */
    default IntParam localSteps() {
        return paramSet().localSteps;
    }

    /** Returns the steps between two merges. */
    default int getLocalSteps() {
        return (int) (Integer) getOrDefault(localSteps());
    }

    /** Param for the passes that find the rotation of opq, -1 for its default. */
    default IntParam rotationIter() {
        return paramSet().rotationIter;
    }

    /** Returns the passes that find the rotation of opq, -1 for its default. */
    default int getRotationIter() {
        return (int) (Integer) getOrDefault(rotationIter());
    }

    /** Param for the joint passes of rq and aq, -1 for their defaults. */
    default IntParam jointIter() {
        return paramSet().jointIter;
    }

    /** Returns the joint passes of rq and aq, -1 for their defaults. */
    default int getJointIter() {
        return (int) (Integer) getOrDefault(jointIter());
    }

    /** Param for how many sums the search for a code keeps, -1 for the default. */
    default IntParam beam() {
        return paramSet().beam;
    }

    /** Returns how many sums the search for a code keeps, -1 for the default. */
    default int getBeam() {
        return (int) (Integer) getOrDefault(beam());
    }

    /** Param for where all chance comes from. */
    default LongParam seed() {
        return paramSet().seed;
    }

    /** Returns where all chance comes from. */
    default long getSeed() {
        return (long) (Long) getOrDefault(seed());
    }

    /** Param for the update rule. */
    default Param<String> updater() {
        return paramSet().updater;
    }

    /** Returns the update rule. */
    default String getUpdater() {
        return getOrDefault(updater());
    }

    /** Param for where to search. */
    default Param<String> device() {
        return paramSet().device;
    }

    /** Returns where to search. */
    default String getDevice() {
        return getOrDefault(device());
    }

    /** Param for what becomes of invalid vectors and queries. */
    default Param<String> handleInvalid() {
        return paramSet().handleInvalid;
    }

    /** Returns what becomes of invalid vectors and queries. */
    default String getHandleInvalid() {
        return getOrDefault(handleInvalid());
    }

    /** Param for the directory that keeps the training's state, empty for none. */
    default Param<String> checkpointDir() {
        return paramSet().checkpointDir;
    }

    /** Returns the directory that keeps the training's state, empty for none. */
    default String getCheckpointDir() {
        return getOrDefault(checkpointDir());
    }

    /** Param for the directory that fit makes, empty for one of its own choice. */
    default Param<String> indexDir() {
        return paramSet().indexDir;
    }

    /** Returns the directory that fit makes, empty for one of its own choice. */
    default String getIndexDir() {
        return getOrDefault(indexDir());
    }

    /** Param for the columns kept beside the ids. */
    default StringArrayParam attributeCols() {
        return paramSet().attributeCols;
    }

    /** Returns the columns kept beside the ids. */
    default String[] getAttributeCols() {
        return getOrDefault(attributeCols());
    }

    /** Param for the neighbours of each query. */
    default IntParam k() {
        return paramSet().k;
    }

    /** Returns the neighbours of each query. */
    default int getK() {
        return (int) (Integer) getOrDefault(k());
    }

    /** Param for the lists that each query looks at. */
    default IntParam probes() {
        return paramSet().probes;
    }

    /** Returns the lists that each query looks at. */
    default int getProbes() {
        return (int) (Integer) getOrDefault(probes());
    }

    /** Param for how many neighbours are ranked again by the vectors themselves, 0 for none. */
    default IntParam rerank() {
        return paramSet().rerank;
    }

    /** Returns how many neighbours are ranked again by the vectors themselves, 0 for none. */
    default int getRerank() {
        return (int) (Integer) getOrDefault(rerank());
    }

    /** Param for the condition that neighbours meet, empty for none. */
    default Param<String> filter() {
        return paramSet().filter;
    }

    /** Returns the condition that neighbours meet, empty for none. */
    default String getFilter() {
        return getOrDefault(filter());
    }

    /** Param for whether a query's own id is not among its neighbours. */
    default BooleanParam excludeSelf() {
        return paramSet().excludeSelf;
    }

    /** Returns whether a query's own id is not among its neighbours. */
    default boolean getExcludeSelf() {
        return (boolean) (Boolean) getOrDefault(excludeSelf());
    }

    /** Param for the column for neighbours. */
    default Param<String> neighborsCol() {
        return paramSet().neighborsCol;
    }

    /** Returns the column for neighbours. */
    default String getNeighborsCol() {
        return getOrDefault(neighborsCol());
    }

    /** Whether invalid vectors and queries are left out instead of ending the work. */
    default boolean skipsInvalid() {
        return getHandleInvalid().equals("skip");
    }
}
