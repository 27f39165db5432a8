package io.github.sparknsvq.ml.spark;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * The elements of an RDD that is made when an action first asks for them, on the driver: making it may need jobs of
 * its own, as Spark's own sorting does.
 *
 * @param <T> the elements
 */
public final class DeferredRdd<T> extends RDD<T> {
    private static final long serialVersionUID = 1L;

    private final transient Supplier<JavaRDD<T>> maker;
    private transient RDD<T> made;

    private DeferredRdd(SparkContext context, Supplier<JavaRDD<T>> maker) {
        super(context, SparkInternals.scalaList(List.of()), ClassTag.apply(Object.class));
        this.maker = maker;
    }

    /** Returns the elements of an RDD that is made once, when they are needed. */
    public static <T> JavaRDD<T> of(SparkContext context, Supplier<JavaRDD<T>> maker) {
        return new DeferredRdd<>(context, maker).toJavaRDD();
    }

    /** Returns whether an RDD's elements come by a shuffle, which would be done again if it were made again. */
    public static boolean shuffles(RDD<?> rdd) {
        return CollectionConverters.asJava(rdd.dependencies()).stream()
                .anyMatch(dependency -> dependency instanceof ShuffleDependency || shuffles(dependency.rdd()));
    }

    private synchronized RDD<T> made() {
        if (made == null) {
            made = maker.get().rdd();
        }
        return made;
    }

    @Override
    public Partition[] getPartitions() {
        return made().partitions();
    }

    @Override
    public Seq<Dependency<?>> getDependencies() {
        List<Dependency<?>> own = List.of(new OneToOneDependency<>(made()));
        return SparkInternals.scalaList(own);
    }

    @Override
    public Iterator<T> compute(Partition split, TaskContext context) {
        return this.<T>firstParent(elementClassTag()).iterator(split, context);
    }

    @Override
    public Seq<String> getPreferredLocations(Partition split) {
        return made().preferredLocations(split);
    }
}
