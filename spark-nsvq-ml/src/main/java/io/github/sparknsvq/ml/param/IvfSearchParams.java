package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListSlack;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of searches in an index.
 *
 * @param <T> the stage itself
 */
public interface IvfSearchParams<T> extends InputParams<T> {

    /** Param for the directory of the index. */
    default Param<String> indexDir() {
        return paramSet().get("indexDir");
    }

    /** Returns the directory of the index; of an estimator that which fit makes, empty for one that fit chooses. */
    default String getIndexDir() {
        return getOrDefault(indexDir());
    }

    /** Param for the column of ids. */
    default Param<String> idCol() {
        return paramSet().get("idCol");
    }

    /** Returns the column of ids. */
    default String getIdCol() {
        return getOrDefault(idCol());
    }

    /** Sets the column of ids. */
    default T setIdCol(String value) {
        return assign(idCol(), value);
    }

    /** Param for the number of neighbors of each query. */
    default IntParam k() {
        return paramSet().get("k");
    }

    /** Returns the number of neighbors of each query. */
    default int getK() {
        return (int) getOrDefault(k());
    }

    /** Sets the number of neighbors of each query. */
    default T setK(int value) {
        return assign(k(), value);
    }

    /** Param for the number of lists that each query searches. */
    default IntParam probes() {
        return paramSet().get("probes");
    }

    /** Returns the number of lists that each query searches. */
    default int getProbes() {
        return (int) getOrDefault(probes());
    }

    /**
     * Sets the number of lists that each query searches. In an index of {@link TwoLevelProvider#LISTS} lists or more,
     * up to {@link IvfQuantizer#MOST_SEARCHED} are found by way of cells, which may miss some of the nearest; more
     * are found by comparing all centroids, so that recall rises at a step there.
     */
    default T setProbes(int value) {
        return assign(probes(), value);
    }

    /** Param for how much farther than the nearest centroid that of a list may be that is searched. */
    default DoubleParam slack() {
        return paramSet().get("slack");
    }

    /** Returns how much farther than the nearest centroid that of a list may be that is searched; 0 for any. */
    default double getSlack() {
        return (double) getOrDefault(slack());
    }

    /**
     * Sets how much farther than the nearest centroid that of a list may be that is searched, in units of the spread
     * of the centroids: see {@link ListSlack}. 0, the default, for all lists that {@code probes} says. Queries that
     * lie well inside a list then search few, others up to {@code probes}.
     */
    default T setSlack(double value) {
        return assign(slack(), value);
    }

    /** Param for how many neighbors are ranked again by the vectors themselves, 0 for none. */
    default IntParam rerank() {
        return paramSet().get("rerank");
    }

    /** Returns how many neighbors are ranked again by the vectors themselves, 0 for none. */
    default int getRerank() {
        return (int) getOrDefault(rerank());
    }

    /** Sets how many neighbors are ranked again by the vectors themselves, 0 for none. */
    default T setRerank(int value) {
        return assign(rerank(), value);
    }

    /** Param for the condition that neighbors meet, empty for none. */
    default Param<String> filter() {
        return paramSet().get("filter");
    }

    /** Returns the condition that neighbors meet, empty for none. */
    default String getFilter() {
        return getOrDefault(filter());
    }

    /**
     * Sets the condition that neighbors meet, empty for none. It is SQL on the attributes of one vector: comparisons,
     * arithmetic, {@code and}, {@code or}, {@code not}, {@code in}, {@code between}, {@code like}, {@code case},
     * casts to simple types, and functions whose results are small, of numbers, text, dates, arrays and maps.
     *
     * <p>What could take more time or memory than the text and the attributes say is refused when a search begins:
     * {@code repeat}, {@code sequence}, regular expressions, lambda functions, subqueries, user-defined functions and
     * others; so are texts of more than 10,000 characters, 2,000 parts or 64 levels.
     */
    default T setFilter(String value) {
        return assign(filter(), value);
    }

    /** Param for whether a query's own id is not among its neighbors. */
    default BooleanParam excludeSelf() {
        return paramSet().get("excludeSelf");
    }

    /** Returns whether a query's own id is not among its neighbors. */
    default boolean getExcludeSelf() {
        return (boolean) getOrDefault(excludeSelf());
    }

    /** Sets whether a query's own id is not among its neighbors. */
    default T setExcludeSelf(boolean value) {
        return assign(excludeSelf(), value);
    }

    /** Param for the column for neighbors. */
    default Param<String> neighborsCol() {
        return paramSet().get("neighborsCol");
    }

    /** Returns the column for neighbors. */
    default String getNeighborsCol() {
        return getOrDefault(neighborsCol());
    }

    /** Sets the column for neighbors. */
    default T setNeighborsCol(String value) {
        return assign(neighborsCol(), value);
    }

    /** Param for the table of the vectors that {@code rerank} ranks by, empty for none. */
    default Param<String> vectorsTable() {
        return paramSet().get("vectorsTable");
    }

    /** Returns the table of the vectors that {@code rerank} ranks by, empty for none. */
    default String getVectorsTable() {
        return getOrDefault(vectorsTable());
    }

    /**
     * Sets the table of the vectors that {@code rerank} ranks by, empty for none: what {@code setVectors} of a model
     * takes as a data set, by a name that {@code spark.table} knows when queries are searched.
     */
    default T setVectorsTable(String value) {
        return assign(vectorsTable(), value);
    }

    /** Param for the table of the ids that may be found, empty for all. */
    default Param<String> allowedTable() {
        return paramSet().get("allowedTable");
    }

    /** Returns the table of the ids that may be found, empty for all. */
    default String getAllowedTable() {
        return getOrDefault(allowedTable());
    }

    /**
     * Sets the table of the ids that may be found, empty for all: what {@code setAllowed} of a model takes as a data
     * set, by a name that {@code spark.table} knows when queries are searched.
     */
    default T setAllowedTable(String value) {
        return assign(allowedTable(), value);
    }
}
