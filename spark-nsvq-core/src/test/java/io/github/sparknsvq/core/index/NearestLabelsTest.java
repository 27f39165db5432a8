package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearestLabelsTest {
    private static final int OFFERS = 200;

    /** Few distances, so that most are there many times. */
    private static float distance(long label) {
        return label * 31 % 7;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 60, 300})
    void amongEqualDistancesTheOrderOfLabelsDecidesNotThatOfOffers(int k) {
        for (LongUnaryOperator order :
                List.<LongUnaryOperator>of(label -> label, label -> -label, label -> label ^ 42)) {
            List<Long> labels =
                    new ArrayList<>(LongStream.range(0, OFFERS).boxed().toList());
            labels.sort(Comparator.<Long>comparingDouble(NearestLabelsTest::distance)
                    .thenComparingLong(order::applyAsLong));
            long[] expected =
                    labels.stream().limit(k).mapToLong(Long::longValue).toArray();
            NearestLabels nearest = new NearestLabels(k, order);
            Collections.shuffle(labels, new Random(k));
            labels.forEach(label -> nearest.offer(distance(label), label));
            float[] distances = new float[expected.length];
            long[] found = new long[expected.length];
            assertEquals(expected.length, nearest.drain(distances, found, 0));
            assertArrayEquals(expected, found);
            assertEquals(0, nearest.size());
        }
    }
}
