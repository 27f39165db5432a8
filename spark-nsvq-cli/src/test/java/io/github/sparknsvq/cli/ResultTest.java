package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ResultTest {
    @Test
    void printsOneLineInOrder() {
        Result result = new Result().put("rows", 3L).put("mse", 0.1 + 0.2).put("updater", "a\n\"b\"");
        assertEquals("{\"rows\":3,\"mse\":0.3,\"updater\":\"a\\n\\\"b\\\"\"}", result.json());
    }

    @Test
    void leavesOutWhatJsonCannotSay() {
        Result result = new Result()
                .put("a", Double.NaN)
                .put("b", Double.POSITIVE_INFINITY)
                .put("c", null)
                .put("d", 0.0);
        assertEquals("{\"d\":0.0}", result.json());
    }
}
