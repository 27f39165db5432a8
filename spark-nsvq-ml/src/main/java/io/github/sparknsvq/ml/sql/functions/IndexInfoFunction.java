package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.Seq;

/** {@code nsvq_index_info(index)}: one row that says what an index holds when the query is analyzed. */
final class IndexInfoFunction {
    static final String NAME = "nsvq_index_info";
    static final Signature SIGNATURE = new Signature(NAME, 1, List.of("index"));

    private static final StructType SCHEMA = StructType.fromDDL("path STRING NOT NULL, metric STRING NOT NULL,"
            + " dimension INT NOT NULL, vectors BIGINT NOT NULL, deleted BIGINT NOT NULL, lists INT NOT NULL,"
            + " empty_lists BIGINT NOT NULL, largest_list BIGINT NOT NULL, imbalance DOUBLE,"
            + " quantizer STRING NOT NULL, code_bytes INT NOT NULL, segments INT NOT NULL, id_type STRING NOT NULL,"
            + " attributes STRING, bytes BIGINT NOT NULL, format_version INT NOT NULL");

    private IndexInfoFunction() {}

    /** Returns the plan of a call. */
    static LogicalPlan plan(Seq<Expression> arguments) {
        String path = new Constants(SIGNATURE, arguments).text("index");
        SparkSession spark = SparkSession.active();
        OpenModel.checkThere(path, spark);
        IndexInfo info = IndexInfo.of(IvfIndexModel.open(path, spark).stored(spark));
        IndexInfo.Trained trained = info.trained();
        IndexContents contents = info.contents();
        Object[] values = {
            text(path),
            text(trained.metric()),
            trained.dimension(),
            contents.vectors(),
            contents.deleted(),
            trained.lists(),
            contents.empty(),
            contents.largest(),
            Double.isNaN(contents.imbalance()) ? null : contents.imbalance(),
            text(trained.quantizer()),
            trained.codeBytes(),
            contents.segments(),
            text(info.ids()),
            info.attributes() == null ? null : text(info.attributes()),
            contents.bytes(),
            StageFiles.FORMAT_VERSION // others are not opened
        };
        List<InternalRow> rows = List.of(new GenericInternalRow(values));
        return SparkInternals.localRelation(SCHEMA, rows);
    }

    private static UTF8String text(String text) {
        return UTF8String.fromString(text);
    }
}
