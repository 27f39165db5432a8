package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.IvfSearchParams;
import io.github.sparknsvq.ml.param.ParamSet;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Searches an index that is named by its directory: what {@code IvfIndexModel.load(indexDir)} with other params does,
 * as a stage of params alone, which Pipelines and Spark Connect carry.
 *
 * <p>Params have no defaults: those that are not set are as the index was saved. The index stays open between
 * searches, and is read again once another one is in the directory; what was added to it and deleted meanwhile
 * counts.
 */
public final class IvfSearch extends Transformer implements IvfSearchParams<IvfSearch>, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ParamSet params;

    /** Makes a stage with an id of its own. */
    public IvfSearch() {
        this(Identifiable$.MODULE$.randomUID("ivfSearch"));
    }

    /**
     * Makes a stage.
     *
     * @param uid its id
     */
    public IvfSearch(String uid) {
        this.uid = uid;
        this.params = ParamSet.ivfSearch(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ParamSet paramSet() {
        return params;
    }

    /** Sets the directory of the index. */
    public IvfSearch setIndexDir(String value) {
        return assign(indexDir(), value);
    }

    /** Opens the index, and gives it the params that are set. */
    private IvfIndexModel index(SparkSession spark) {
        NsvqException.unless(
                isSet(indexDir()) && !getIndexDir().isEmpty(),
                "indexDir is not set: it must name the directory of an index");
        IvfIndexModel open = IvfIndexModel.open(getIndexDir(), isSet(device()) ? getDevice() : "", spark);
        ParamMap set = new ParamMap();
        for (Param<?> param : params()) {
            if (isSet(param) && !param.equals(indexDir())) {
                put(set, open.getParam(param.name()), getOrDefault(param));
            }
        }
        return open.copy(set);
    }

    @SuppressWarnings("unchecked") // params of equal names have equal types
    private static <T> void put(ParamMap set, Param<T> param, Object value) {
        set.put(param, (T) value);
    }

    /**
     * Adds the neighbors of queries.
     *
     * @param queries has the column {@code featuresCol}
     * @return the queries with {@code neighborsCol}, as {@link IvfIndexModel#transform} adds it
     * @throws NsvqException if there is no index, or it cannot be searched so
     */
    @Override
    public Dataset<Row> transform(Dataset<?> queries) {
        return index(queries.sparkSession()).transform(queries);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return index(SparkSession.active()).transformSchema(schema);
    }

    @Override
    public IvfSearch copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved stages. */
    public static MLReader<IvfSearch> read() {
        return new StageReader<>(IvfSearch.class, (files, spark) -> new IvfSearch(files.uid()));
    }

    /** Loads a saved stage. */
    public static IvfSearch load(String path) {
        return read().load(path);
    }
}
