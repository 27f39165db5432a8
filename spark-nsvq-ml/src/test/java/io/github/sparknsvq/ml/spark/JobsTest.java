package io.github.sparknsvq.ml.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Function1;

/** What jobs find, and which of their errors are told in a sentence of spark-nsvq. */
class JobsTest {
    private static final String IN_TASK =
            "Job aborted due to stage failure: Task 0 in stage 1.0 failed 1 times, most recent"
                    + " failure: Lost task 0.0 in stage 1.0 (TID 3) (host executor driver): ";

    private static void throwing(Throwable thrown) {
        Jobs.run(() -> {
            throw JobsTest.<RuntimeException>unchecked(thrown);
        });
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Spark throws checked errors undeclared
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void errorsOfTasksAreTheSentenceAlone() {
        Exception task = new SparkException(IN_TASK + "...", new NsvqException("the vector is null"));
        NsvqException e = assertThrows(NsvqException.class, () -> throwing(task));
        assertEquals("the vector is null", e.getMessage());
        assertSame(task, e.getCause());
        String text =
                IN_TASK + "io.github.sparknsvq.ml.vectors.InvalidVectorException: it is empty\n\tat a.B.c(B.java:1)";
        e = assertThrows(NsvqException.class, () -> throwing(new SparkException(text)));
        assertEquals("it is empty", e.getMessage());
    }

    @Test
    void otherErrorsStayAsTheyAre() {
        Exception own = new NsvqException("k = 0");
        assertSame(own, assertThrows(NsvqException.class, () -> throwing(own)));
        Exception other = new SparkException(IN_TASK + "java.lang.IllegalStateException: x");
        assertSame(other, assertThrows(SparkException.class, () -> throwing(other)));
        ClassCastException cast = new ClassCastException("class a.B cannot be cast to io.github.sparknsvq.ml.C");
        assertSame(cast, assertThrows(ClassCastException.class, () -> throwing(cast)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            java.lang.ClassCastException     | class \
            io.github.sparknsvq.ml.training.PackingReport cannot be cast to class \
            io.github.sparknsvq.ml.training.PackingReport (both are in unnamed modules of loaders a and b)
            java.lang.ClassNotFoundException | io.github.sparknsvq.ml.training.RowPacker
            """)
    void classesOfTwoLoadersAreTold(Class<? extends Throwable> type, String message) throws Exception {
        Throwable thrown = type.getConstructor(String.class).newInstance(message);
        NsvqException e = assertThrows(NsvqException.class, () -> throwing(new SparkException("failed", thrown)));
        assertEquals(
                "the jar of spark-nsvq was added to a session that ran already (ADD JAR, addJar): set spark.jars"
                        + " before the session starts",
                e.getMessage());
    }

    @Test
    void pysparkShortensErrors() {
        assertSame(IllegalArgumentException.class, NsvqException.class.getSuperclass());
    }

    /** Seven partitions, of which some have no number. */
    private static JavaRDD<Integer> numbers() {
        return SparkInternals.context(SparkTestSession.get())
                .parallelize(List.of(5, 3, 8, 1), 7)
                .filter(number -> number != 8);
    }

    @Test
    void partitionsAnswerInTheirOrder() {
        List<List<Integer>> glommed = numbers().glom().collect();
        assertEquals(7, glommed.size());
        List<String> expected = new ArrayList<>();
        for (int partition = 0; partition < glommed.size(); partition++) {
            expected.add(partition + ": " + glommed.get(partition));
        }
        assertEquals(expected, Jobs.onPartitions(numbers(), JobsTest::described));
    }

    private static String described(int partition, Iterator<Integer> numbers) {
        List<Integer> all = new ArrayList<>();
        numbers.forEachRemaining(all::add);
        return partition + ": " + all;
    }

    @Test
    void elementsAreCollectedInTheirOrder() {
        assertEquals(List.of(5, 3, 1), Jobs.collect(numbers()));
        assertEquals(
                List.of(),
                Jobs.collect(SparkInternals.context(SparkTestSession.get()).emptyRDD()));
    }

    /** Without its empty partitions the others have other numbers: their places in what is left. */
    @Test
    void partitionsAreNumberedByTheirPlace() {
        JavaRDD<Integer> pruned =
                PartitionPruningRDD.create(numbers().rdd(), new Odd()).toJavaRDD();
        assertEquals(List.of("0: [5]", "1: [3]", "2: []"), Jobs.onPartitions(pruned, JobsTest::described));
    }

    private record Odd() implements Function1<Object, Object>, Serializable {
        @Override
        public Object apply(Object partition) {
            return (int) partition % 2 == 1;
        }
    }

    @Test
    void jobsAreNamedByTheLineThatAsksForThem() throws Exception {
        List<String> names = new CopyOnWriteArrayList<>();
        SparkContext context = SparkInternals.context(SparkTestSession.get()).sc();
        SparkListener listener = new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted stage) {
                names.add(stage.stageInfo().name());
            }
        };
        context.addSparkListener(listener);
        try {
            Jobs.collect(numbers());
            context.setCallSite("given");
            Jobs.collect(numbers());
            assertEquals("given", context.getLocalProperty("callSite.short"));
            context.clearCallSite();
            context.listenerBus().waitUntilEmpty();
        } finally {
            context.removeSparkListener(listener);
        }
        assertEquals(2, names.size());
        assertTrue(names.get(0).matches("job at JobsTest.java:\\d+"), names.get(0));
        assertEquals("given", names.get(1));
    }

    @Test
    void errorsOfPartitionsAreThoseOfTheirTasks() {
        JavaRDD<Integer> failing = numbers().map(number -> {
            throw new NsvqException("no " + number);
        });
        NsvqException e = assertThrows(NsvqException.class, () -> Jobs.run(() -> Jobs.collect(failing)));
        assertTrue(e.getMessage().matches("no [531]"), e.getMessage());
    }
}
