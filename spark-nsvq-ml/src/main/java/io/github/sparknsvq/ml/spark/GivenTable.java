package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Rows that either a setter gives or a param, by the name of a table. */
public final class GivenTable {
    private GivenTable() {}

    /**
     * Returns the rows, or null where there are none.
     *
     * @param rows that the setter gave; null for none
     * @param set name of the setter
     * @param table name of the table; empty for none
     * @param param the param that named it
     * @throws NsvqException if both give rows, or the table cannot be read
     */
    public static Dataset<Row> read(Dataset<Row> rows, String set, String table, String param, SparkSession spark) {
        if (table.isEmpty()) {
            return rows;
        }
        NsvqException.unless(rows == null, param + " = '" + table + "', but " + set + " gave rows, too: give one");
        try {
            return spark.table(table);
        } catch (Exception e) { // AnalysisException is checked, but not declared
            throw Reason.failed(param + " = '" + table + "' cannot be read", e);
        }
    }
}
