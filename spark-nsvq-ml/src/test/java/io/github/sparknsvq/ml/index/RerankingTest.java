package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RerankingTest {
    /** Keys of tables often go in steps: those of other tables lie between, or their last digits say the year. */
    @ParameterizedTest
    @CsvSource({"1,200", "8,16", "1000,200", "4294967296,64", "-200,200", "7,1"})
    void idsWithStridesAreSpreadOverPartitions(long step, int parts) {
        int each = 500;
        long[] counts = new long[parts];
        for (int i = 0; i < each * parts; i++) {
            counts[Reranking.partition(3 + step * i, parts)]++;
        }
        long most = Arrays.stream(counts).max().orElseThrow();
        long least = Arrays.stream(counts).min().orElseThrow();
        // five standard deviations of a count
        double slack = 5 * Math.sqrt(each);
        assertTrue(parts == 1 || (most < each + slack && least > each - slack), Arrays.toString(counts));
    }
}
