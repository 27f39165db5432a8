package io.github.sparknsvq.ml.advice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthAdviceTest {
    private static final String UNKNOWN =
            "lists are even enough, little is deleted; no sample tells whether new vectors"
                    + " are like those trained on, and what is found";

    /** Two even lists of 100 vectors, of which at most 40 ids may be deleted. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            200 | 1  | 0  | 0   | nothing
            200 | 1  | 19 | 99  | nothing
            200 | 1  | 19 | 100 | 100 commits deleted, and searches read files of each
            200 | 1  | 20 | 1   | 20 ids are deleted, and changes are refused that would bring their number above 40
            180 | 1  | 20 | 1   | 20 vectors, 10 % of those in files, are deleted, and every search still reads them
            200 | 9  | 0  | 0   | nothing
            200 | 10 | 0  | 0   | the index has 10 segments: a list lies in as many files, which every search opens
            """)
    void compactionIsAdvisedWhereItPays(int vectors, int segments, long ids, int deletions, String reason) {
        IndexContents contents = new IndexContents(new long[] {100, 100}, vectors, segments, 1, ids, deletions);
        IndexInfo info = new IndexInfo(new IndexInfo.Trained(4, 2, 4, "l2", "pq"), contents, "bigint", null);
        IndexHealth health = new IndexHealth(info, IndexHealth.Balance.of(contents), null, null, null, List.of());
        List<IndexHealth.Advice> advice = new HealthAdvice(health, Double.NaN, 0, 40).all();
        boolean nothing = reason.equals("nothing");
        assertEquals(
                List.of(new IndexHealth.Advice(nothing ? "nothing" : "compact", nothing ? UNKNOWN : reason)), advice);
    }
}
