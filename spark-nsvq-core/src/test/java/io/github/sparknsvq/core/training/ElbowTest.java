package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElbowTest {
    @Test
    void picksTheBend() {
        Elbow elbow = Elbow.of(List.of(64, 2, 4, 8, 16, 32), List.of(9.0, 100.0, 40.0, 12.0, 11.0, 10.0));
        assertEquals(8, elbow.picked().codewords());
        assertEquals(
                List.of(2, 4, 8, 16, 32, 64),
                elbow.points().stream().map(Elbow.Point::codewords).toList());
        assertEquals(0, elbow.points().get(0).depth());
        assertEquals(0, elbow.points().get(5).depth());
        // the distance of a point from a line through two others, by hand
        double slope = Math.log(9.0 / 100) / Math.log(32);
        double below = Math.log(100) + slope * Math.log(4) - Math.log(12);
        assertEquals(below / Math.hypot(1, slope), elbow.picked().depth(), 1e-12);
    }

    @Test
    void knowsNoBendWhereThereIsNone() {
        Elbow straight = Elbow.of(List.of(1, 2, 4, 8), List.of(8.0, 4.0, 2.0, 1.0));
        assertTrue(Math.abs(straight.picked().depth()) < 1e-12);
        Elbow above = Elbow.of(List.of(1, 2, 4), List.of(8.0, 7.0, 1.0));
        assertEquals(2, above.picked().codewords());
        assertTrue(above.picked().depth() < 0, "bent the other way");
        Elbow flat = Elbow.of(List.of(1, 2, 4), List.of(8.0, 8.0, 8.0));
        assertEquals(0, flat.picked().depth());
    }

    @Test
    void endsWhereNoErrorIsLeft() {
        assertEquals(
                4,
                Elbow.of(List.of(1, 2, 4, 8), List.of(3.0, 2.0, 0.0, 0.0))
                        .picked()
                        .codewords());
        assertEquals(
                1, Elbow.of(List.of(1, 2, 4), List.of(0.0, 0.0, 0.0)).picked().codewords());
    }

    @Test
    void refusesListsWithoutABend() {
        assertEquals(
                "an elbow needs three numbers of codewords or more, such as 16,32,64, not 2",
                assertThrows(NsvqException.class, () -> Elbow.check(List.of(1, 2)))
                        .getMessage());
        assertEquals(
                "an elbow needs different numbers of codewords: [4, 2, 4] has one twice",
                assertThrows(NsvqException.class, () -> Elbow.check(List.of(4, 2, 4)))
                        .getMessage());
    }
}
