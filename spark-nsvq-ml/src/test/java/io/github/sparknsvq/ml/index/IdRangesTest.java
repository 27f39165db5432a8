package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges of ids that leave out the widest gaps. */
class IdRangesTest {
    private static final Column ID = functions.col("id");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5 | 9 | 0 1",
                "5 6 7 | 9 | 0 3",
                "5 6 8 20 21 90 | 1 | 0 6",
                "5 6 8 20 21 90 | 2 | 0 5 6",
                "5 6 8 20 21 90 | 3 | 0 3 5 6",
                "5 6 8 20 21 90 | 99 | 0 2 3 5 6",
                "-9223372036854775808 0 9223372036854775807 | 3 | 0 1 2 3",
            })
    void rangesEndAtTheWidestGaps(String ids, int most, String starts) {
        long[] numbers =
                Arrays.stream(ids.split(" ")).mapToLong(Long::parseLong).toArray();
        double[] gaps = new double[numbers.length];
        for (int i = 1; i < gaps.length; i++) {
            gaps[i] = (double) numbers[i] - numbers[i - 1];
        }
        assertArrayEquals(
                Arrays.stream(starts.split(" ")).mapToInt(Integer::parseInt).toArray(), IdRanges.starts(gaps, most));
    }

    @Test
    void everyIdIsInARange() {
        Random random = new Random(7);
        for (int most : new int[] {1, 2, 3, 50}) {
            double[] gaps = random.doubles(40, 0, 9).toArray();
            int[] starts = IdRanges.starts(gaps, most);
            assertEquals(0, starts[0]);
            assertEquals(40, starts[starts.length - 1]);
            assertTrue(starts.length - 1 <= most);
            assertTrue(IntStream.range(1, starts.length).allMatch(i -> starts[i - 1] < starts[i]));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a1 a2 a3 a9,  2, a1 a3 a9",
        "a aa aab,     1, a aab",
        "item7 item78, 9, item7 item78",
    })
    void stringsAreCutByTheirBytes(String names, int most, String ends) {
        String condition = "" + IdRanges.condition(ID, utf8(names.split(" ")), most);
        for (String end : ends.split(" ", -1)) {
            assertTrue(condition.contains(end), condition);
        }
        assertEquals(most == 2, !condition.contains("a2") && names.contains("a2"), condition);
    }

    @Test
    void stringsThatAreNoTextHaveNoRanges() {
        UTF8String broken = UTF8String.fromBytes(new byte[] {(byte) 0xC3});
        assertNull(IdRanges.condition(ID, new UTF8String[] {broken}, 3));
    }

    private static UTF8String[] utf8(String... names) {
        return Arrays.stream(names).map(UTF8String::fromString).toArray(UTF8String[]::new);
    }
}
