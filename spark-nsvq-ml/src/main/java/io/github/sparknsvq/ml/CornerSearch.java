package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How good the search of the two segments beside the nearest corner is.
 *
 * @param rows number of rows
 * @param missed rows for which it found a segment that is farther away than the nearest
 * @param mse mean squared distance from the places that it found
 * @param exactMse mean squared distance from the line
 */
public record CornerSearch(long rows, long missed, double mse, double exactMse) {
    /** Returns the share of rows for which the nearest segment was missed, 0 for no rows. */
    public double missRate() {
        return rows == 0 ? 0 : missed / (double) rows;
    }

    /** Compares two columns of distances. */
    static CornerSearch of(Dataset<Row> rows, String exactDistance, String distance) {
        Column exact = col(exactDistance).cast("double");
        Column found = col(distance).cast("double");
        Row sums = rows.agg(
                        count(lit(1)),
                        sum(when(found.gt(exact), 1L).otherwise(0L)),
                        avg(found.multiply(found)),
                        avg(exact.multiply(exact)))
                .head();
        return sums.getLong(0) == 0
                ? new CornerSearch(0, 0, 0, 0)
                : new CornerSearch(sums.getLong(0), sums.getLong(1), sums.getDouble(2), sums.getDouble(3));
    }
}
