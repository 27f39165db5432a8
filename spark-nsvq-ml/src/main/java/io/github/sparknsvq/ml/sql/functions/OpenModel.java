package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.ResidualVQModel;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.saving.OpenStages;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * A saved model that queries use.
 *
 * @param quantizer its codebooks, on all executors that need them
 * @param kind of quantizer
 * @param cosine whether its distance is cosine distance
 * @param errorThreshold at which its codes end, negative for codes with all levels
 * @param packed whether it packs codes; not where the bytes of one would not tell how many levels it has
 */
record OpenModel(
        Broadcast<SharedQuantizer> quantizer,
        SharedQuantizer.Kind kind,
        boolean cosine,
        double errorThreshold,
        boolean packed) {

    /** Opens a model, or returns the one that is open. */
    static OpenModel at(String path, SparkSession spark) {
        return OpenStages.at(path, OpenModel.class, "", spark, () -> {
            checkThere(path, spark);
            return of(QuantizerModel.open(path, spark), spark);
        });
    }

    /** Refuses a path at which nothing is, in Spark's words. */
    static void checkThere(String path, SparkSession spark) {
        OpenStages.checkNamed(path);
        if (!StageFiles.exists(path, "", spark)) {
            throw SqlErrors.pathNotFound(path);
        }
    }

    private static OpenModel of(QuantizerModel<?, ?> model, SparkSession spark) {
        SharedQuantizer shared = model.shared();
        double threshold = -1;
        boolean packed = true;
        if (model instanceof ResidualVQModel residual) {
            threshold = residual.getErrorThreshold();
            packed = threshold < 0 || residual.tellsLevels();
        }
        Broadcast<SharedQuantizer> broadcast = SparkInternals.context(spark).broadcast(shared);
        return new OpenModel(broadcast, shared.kind(), model.cosine(), threshold, packed);
    }

    /** Whether codes may end before the last level. */
    boolean variableLength() {
        return errorThreshold >= 0;
    }

    /** Returns what the model finds, the code first. */
    List<Field> fields() {
        return switch (kind) {
            case VECTOR -> List.of(Field.INDEX, Field.DISTANCE, Field.RECONSTRUCTION);
            case CURVE -> List.of(Field.INDEX, Field.POSITION, Field.DISTANCE, Field.RECONSTRUCTION);
            default -> {
                List<Field> unpacked = List.of(Field.CODES, Field.ERRORS, Field.DISTANCE, Field.RECONSTRUCTION);
                yield packed
                        ? Stream.concat(Stream.of(Field.CODE), unpacked.stream())
                                .toList()
                        : unpacked;
            }
        };
    }
}
