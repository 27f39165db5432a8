package io.github.sparknsvq.ml;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.util.List;
import org.apache.spark.serializer.KryoRegistrator;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.Utils;

/**
 * Registers with Kryo what spark-nsvq sends between JVMs, for applications that set {@code
 * spark.kryo.registrationRequired}: name this class in {@code spark.kryo.registrator}. Without that setting nothing
 * needs to be registered.
 */
public final class NsvqKryoRegistrator implements KryoRegistrator {
    /** By their names, since they are known to their own packages alone. */
    private static final List<String> SENT = List.of(
            "io.github.sparknsvq.core.evaluation.CodeUsage",
            "io.github.sparknsvq.ml.encoding.SharedQuantizer",
            "io.github.sparknsvq.ml.spark.SerializedValue",
            "io.github.sparknsvq.ml.training.PackedBlock",
            "io.github.sparknsvq.ml.training.PackingReport");

    /** What Spark itself sends where it reads the schema of Parquet files, and does not register. */
    private static final List<Class<?>> SCHEMAS = List.of(
            StructType.class,
            StructField.class,
            StructField[].class,
            ArrayType.class,
            Metadata.class,
            DataTypes.BinaryType.getClass(),
            DataTypes.BooleanType.getClass(),
            DataTypes.DoubleType.getClass(),
            DataTypes.FloatType.getClass(),
            DataTypes.IntegerType.getClass(),
            DataTypes.LongType.getClass(),
            DataTypes.StringType.getClass());

    @Override
    public void registerClasses(Kryo kryo) {
        for (String name : SENT) {
            register(kryo, Utils.classForName(name, true, false));
        }
        SCHEMAS.forEach(type -> register(kryo, type));
    }

    /** Lets Java serialize a class: Kryo by itself reads no records, and makes more instances of Scala objects. */
    private static void register(Kryo kryo, Class<?> type) {
        kryo.register(type, new JavaSerializer());
    }
}
