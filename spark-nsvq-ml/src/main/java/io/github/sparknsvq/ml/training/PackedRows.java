package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What packing found in all partitions: the dimension that most rows have, and where each partition's rows start
 * among all that are kept.
 *
 * @param vectors the column of vectors
 * @param reports of the partitions, in their order
 * @param dimension of the rows that are kept
 * @param rows number of rows that are kept
 * @param invalid number of rows that are invalid
 */
record PackedRows(VectorColumn vectors, List<PackingReport> reports, int dimension, long rows, long invalid) {
    static PackedRows of(VectorColumn vectors, List<PackingReport> reports) {
        int dimension = mostFrequentDimension(reports);
        long rows = reports.stream().mapToLong(report -> report.rows(dimension)).sum();
        long invalid =
                reports.stream().mapToLong(report -> report.invalid(dimension)).sum();
        return new PackedRows(vectors, reports, dimension, rows, invalid);
    }

    private static int mostFrequentDimension(List<PackingReport> reports) {
        Map<Integer, Long> rowsOf = new LinkedHashMap<>();
        for (PackingReport report : reports) {
            report.packed.forEach((dimension, packed) -> rowsOf.merge(dimension, packed.rows, Long::sum));
        }
        int most = 0;
        for (Map.Entry<Integer, Long> of : rowsOf.entrySet()) {
            // on a tie, the dimension met first
            if (most == 0 || of.getValue() > rowsOf.get(most)) {
                most = of.getKey();
            }
        }
        return most;
    }

    /** Returns the rows that each partition keeps. */
    long[] rowsByPartition() {
        return reports.stream().mapToLong(report -> report.rows(dimension)).toArray();
    }

    /** Returns the moments of the rows that each partition keeps, of those that have any. */
    List<Moments> moments() {
        return reports.stream()
                .filter(report -> report.rows(dimension) > 0)
                .map(report -> report.packed.get(dimension).sum.moments())
                .toList();
    }

    /** Ends the work if there are invalid rows that should not be skipped, or none that are left. */
    void check(boolean skipInvalid) {
        if (invalid > 0 && !skipInvalid) {
            throw new InvalidVectorException(description() + " (handleInvalid = skip leaves such rows out)");
        }
        if (rows == 0) {
            String why = invalid > 0
                    ? "no valid rows: " + description()
                    : all() > 0 ? "no rows of positive weight" : "no rows";
            throw new NsvqException("column '" + vectors.name() + "' of the training data has " + why);
        }
    }

    private long all() {
        return reports.stream().mapToLong(report -> report.rows).sum();
    }

    /** Says how many rows are invalid, and why the first one is. */
    String description() {
        long before = 0;
        for (PackingReport report : reports) {
            if (report.invalid(dimension) > 0) {
                return "column '" + vectors.name() + "': " + invalid + " of " + all() + " rows "
                        + (invalid == 1 ? "is" : "are") + " invalid, first row " + firstIn(report, before);
            }
            before += report.rows;
        }
        return "column '" + vectors.name() + "': no row is invalid";
    }

    private String firstIn(PackingReport report, long before) {
        long first = report.firstInvalid < 0 ? Long.MAX_VALUE : report.firstInvalid;
        String problem = report.problem;
        for (Map.Entry<Integer, PackingReport.Packed> other : report.packed.entrySet()) {
            if (other.getKey() != dimension && other.getValue().first < first) {
                first = other.getValue().first;
                problem = "has " + other.getKey() + " values, others have " + dimension;
            }
        }
        return before + first + " (counted from 0), which " + problem;
    }
}
