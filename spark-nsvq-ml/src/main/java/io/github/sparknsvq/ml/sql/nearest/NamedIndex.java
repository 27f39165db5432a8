package io.github.sparknsvq.ml.sql.nearest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.HiveTableRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.jdk.javaapi.CollectionConverters;

/** Which index a right side has: what a setting of the session names, or a property of the table or a view of it. */
final class NamedIndex {
    /** The property of a table, and the start of the settings. */
    private static final String PROPERTY = "nsvq.index";

    private static final String SETTING = "spark.nsvq.nearest.index";

    private NamedIndex() {}

    /** Returns the index's directory, or null where none is named. */
    static String of(SourceColumns right, SparkSession spark) {
        Map<String, String> properties = new LinkedHashMap<>(); // by name, the outermost first
        boolean inCatalog = false;
        for (LogicalPlan node : right.over()) {
            if (node instanceof View view) {
                put(properties, view.desc());
            }
        }
        LogicalPlan source = right.source();
        if (source instanceof DataSourceV2Relation table) {
            inCatalog = table.identifier().isDefined();
            String property = table.table().properties().get(PROPERTY);
            names(table).forEach(name -> properties.putIfAbsent(name, property));
        } else {
            CatalogTable table = source instanceof HiveTableRelation hive
                    ? hive.tableMeta()
                    : source instanceof LogicalRelation files
                                    && files.catalogTable().isDefined()
                            ? files.catalogTable().get()
                            : null;
            inCatalog = table != null;
            if (inCatalog) {
                put(properties, table);
            }
        }
        for (String name : properties.keySet()) {
            String set = set(SETTING + "." + name, spark);
            if (!set.isEmpty()) {
                return set;
            }
        }
        for (String property : properties.values()) {
            if (property != null) {
                return property;
            }
        }
        String set = spark.conf().get(SETTING, "");
        return inCatalog || set.isEmpty() ? null : set;
    }

    /** Returns a setting; names of tables in it may be in upper or lower case, as in SQL. */
    private static String set(String setting, SparkSession spark) {
        String exact = spark.conf().get(setting, "");
        return exact.isEmpty()
                ? CollectionConverters.asJava(spark.conf().getAll()).entrySet().stream()
                        .filter(entry -> entry.getKey().equalsIgnoreCase(setting))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse("")
                : exact;
    }

    private static void put(Map<String, String> properties, CatalogTable table) {
        scala.Option<String> property = table.properties().get(PROPERTY);
        TableIdentifier id = table.identifier();
        List<String> names = new ArrayList<>();
        if (id.database().isDefined()) {
            names.add(id.database().get() + "." + id.table());
        }
        names.add(id.table());
        names.forEach(name -> properties.putIfAbsent(name, property.isDefined() ? property.get() : null));
    }

    private static List<String> names(DataSourceV2Relation table) {
        if (table.identifier().isEmpty()) {
            return List.of("");
        }
        String[] namespace = table.identifier().get().namespace();
        String name = table.identifier().get().name();
        return namespace.length == 0 ? List.of(name) : List.of(String.join(".", namespace) + "." + name, name);
    }
}
