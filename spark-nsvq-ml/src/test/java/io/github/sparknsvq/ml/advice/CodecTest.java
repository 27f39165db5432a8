package io.github.sparknsvq.ml.advice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodecTest {
    @Test
    void codesTakeAsManyBytesAsThereAre() {
        assertEquals(
                List.of(new Codec("pq", 32, 32), new Codec("opq", 32, 32), new Codec("rq", 8, 8)),
                Codec.of(Codec.QUANTIZERS, 32, 128));
        assertEquals(List.of(new Codec("rq", 5, 5)), Codec.of(List.of("rq"), 5, 128));
    }

    @Test
    void partsOfProductsAreEqual() {
        assertEquals(List.of(new Codec("pq", 25, 25)), Codec.of(List.of("pq"), 32, 100));
        assertEquals(List.of(new Codec("pq", 1, 1)), Codec.of(List.of("pq"), 32, 127));
    }

    @Test
    void vectorsThatFitAreTriedAsTheyAre() {
        assertEquals(List.of(new Codec("pq", 8, 8), new Codec("flat", 0, 32)), Codec.of(List.of("pq"), 32, 8));
    }

    @Test
    void otherQuantizersAreRefused() {
        assertThrows(NsvqException.class, () -> Codec.check(List.of()));
        assertThrows(NsvqException.class, () -> Codec.check(List.of("pq", "aq")));
        Codec.check(List.of("rq"));
    }
}
