package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.param.IvfIndexParams;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that an index needs of the data sets that it is given: each kind of data set is checked once, here, and
 * what reads it is made from what was found.
 */
record IndexColumns(IvfIndexParams<?> params, DistanceKind distance, ListSchema lists) {
    /** The columns of a new index, whose ids and attributes are those of its vectors. */
    static IndexColumns of(IvfIndexParams<?> params, StructType vectors) {
        StructType attributes = new StructType();
        for (String name : params.getAttributeCols()) {
            StructField field = VectorColumn.field(vectors, name);
            NsvqException.unless(
                    SparkInternals.parquetTakes(field.dataType()),
                    "column '" + name + "' is " + field.dataType().catalogString()
                            + ", which Parquet cannot store: it can be no attribute");
            NsvqException.unless(
                    Arrays.stream(attributes.fieldNames()).noneMatch(name::equalsIgnoreCase),
                    "attributeCols names '" + name + "' twice, in upper or lower case: attributes must differ");
            attributes = attributes.add(field);
        }
        ListSchema lists = new ListSchema(strings(vectors, params.getIdCol()), attributes);
        return new IndexColumns(params, DistanceKind.of(params.getMetric()), lists);
    }

    /** Whether a column of ids holds strings; refuses one that holds neither strings nor whole numbers. */
    private static boolean strings(StructType schema, String idCol) {
        return VectorColumn.type(
                        schema,
                        idCol,
                        "ids (whole numbers or strings)",
                        type -> type instanceof IntegralType || type.equals(DataTypes.StringType))
                .equals(DataTypes.StringType);
    }

    private static String kind(boolean strings) {
        return strings ? "strings" : "numbers";
    }

    /** Returns the column of vectors. */
    VectorColumn vectors(StructType schema) {
        return VectorColumn.of(schema, params.getFeaturesCol(), distance == DistanceKind.COSINE);
    }

    /** Returns the column of vectors to rank by; refuses ids of another type than those in the index. */
    VectorColumn rankedBy(StructType schema) {
        VectorColumn column = vectors(schema);
        checkIds(schema, "column '" + params.getIdCol() + "' of the vectors to rank by");
        return column;
    }

    /** Returns the column of vectors to add; refuses ids and attributes of other types than those in the index. */
    VectorColumn added(StructType schema) {
        VectorColumn column = vectors(schema);
        checkIds(schema, "column '" + params.getIdCol() + "'");
        for (String name : lists.attributes().fieldNames()) {
            DataType found = VectorColumn.field(schema, name).dataType();
            DataType expected = lists.attributes().apply(name).dataType();
            if (!SparkInternals.nullable(found).equals(expected)) {
                throw new NsvqException("column '" + name + "' is " + found.catalogString()
                        + ", the index's attribute is " + expected.catalogString());
            }
        }
        return column;
    }

    private void checkIds(StructType schema, String column) {
        boolean named = strings(schema, params.getIdCol());
        NsvqException.unless(
                named == lists.named(),
                column + " holds " + kind(named) + ", the ids of the index are " + kind(lists.named()));
    }

    /** Refuses ids to delete of another type than those in the index: none of them would be there. */
    void checkDeleted(StructType schema) {
        checkIds(schema, "column '" + params.getIdCol() + "'");
    }

    /**
     * Refuses ids that may be found, in the first column, and cannot be in the index; numbers are taken as strings
     * where its ids are strings.
     */
    void checkAllowed(StructType schema) {
        NsvqException.unless(schema.length() > 0, "the allowed ids have no column: the first one should hold them");
        String first = schema.fieldNames()[0];
        NsvqException.unless(
                !strings(schema, first) || lists.named(),
                "column '" + first + "' of the allowed ids holds strings, the ids of the index are numbers");
    }

    /** Returns the columns of queries with the one that a search adds, or says why it cannot. */
    StructType found(StructType queries) {
        if (params.getExcludeSelf()) {
            checkIds(queries, "excludeSelf: column '" + params.getIdCol() + "' of the queries");
        }
        vectors(queries);
        String added = params.getNeighborsCol();
        VectorColumn.checkAbsent(queries, added);
        return queries.add(added, BatchSearch.neighborsType(lists.named()), false);
    }

    /** Returns what reads queries whose columns {@link #found} has checked. */
    QueryReader reader(StructType queries, int dimension) {
        int idAt = params.getExcludeSelf() ? queries.fieldIndex(params.getIdCol()) : -1;
        return new QueryReader(
                vectors(queries),
                queries.fieldIndex(params.getFeaturesCol()),
                idAt,
                idAt < 0 ? DataTypes.LongType : queries.fields()[idAt].dataType(),
                dimension,
                params.skipsInvalid() ? QueryReader.Invalid.SKIP : QueryReader.Invalid.FAIL);
    }
}
