package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.core.io.VectorFileLayout;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Vector files that are read together, in the order of their ids.
 *
 * @param name format and paths, for {@code explain}
 * @param rowType {@code id} and {@code features}
 * @param files the files' layouts, in the order of their ids
 */
record VectorTable(String name, StructType rowType, List<VectorFileLayout> files) implements SupportsRead {
    @Override
    public Column[] columns() {
        return SparkInternals.tableColumns(rowType);
    }

    /** {@inheritDoc} Spark 4.0 has no default for it. */
    @Override
    @SuppressWarnings("deprecation") // Spark 4.1 and later ask for the columns
    public StructType schema() {
        return rowType;
    }

    @Override
    public Set<TableCapability> capabilities() {
        return Set.of(TableCapability.BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
        return new PruningScanBuilder(this, options);
    }

    private static final class PruningScanBuilder implements ScanBuilder, SupportsPushDownRequiredColumns {
        private final VectorTable table;
        private final CaseInsensitiveStringMap options;
        private StructType columns;

        PruningScanBuilder(VectorTable table, CaseInsensitiveStringMap options) {
            this.table = table;
            this.options = options;
            this.columns = table.rowType();
        }

        @Override
        public void pruneColumns(StructType requiredColumns) {
            columns = requiredColumns;
        }

        @Override
        public Scan build() {
            return new VectorScan(table, columns, options);
        }
    }
}
