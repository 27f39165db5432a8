package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndexModel;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows that were drawn to search with.
 *
 * @param vectors one per row, of length 1 for cosines
 * @param ids their ids as text, under which they are in the index and not to be found; null where they have none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SampledQueries(FloatMatrix vectors, String[] ids) {
    /** Column of a query's number. */
    static final String NUMBER = "__nsvq_query";

    /** Returns the queries as a data set with the columns that an index is searched by, and their numbers. */
    Dataset<Row> data(SparkSession spark, IvfIndexModel model) {
        boolean named = model.listSchema().named();
        StructType schema = new StructType()
                .add(NUMBER, DataTypes.IntegerType)
                .add(model.getFeaturesCol(), DataTypes.createArrayType(DataTypes.FloatType));
        if (ids != null) {
            schema = schema.add(model.getIdCol(), named ? DataTypes.StringType : DataTypes.LongType);
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < vectors.rows(); i++) {
            List<Float> values = new ArrayList<>(vectors.columns());
            for (int j = 0; j < vectors.columns(); j++) {
                values.add(vectors.get(i, j));
            }
            if (ids == null) {
                rows.add(RowFactory.create(i, values));
            } else {
                rows.add(RowFactory.create(i, values, named ? ids[i] : id(i)));
            }
        }
        return spark.createDataFrame(rows, schema);
    }

    private Object id(int i) {
        return ids[i] == null ? null : Long.valueOf(ids[i]);
    }
}
