package io.github.sparknsvq.ml.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SourcePositionTest {
    private static void assertRefused(String message, Executable work) {
        assertEquals(message, assertThrows(NsvqException.class, work).getMessage());
    }

    @Test
    void aBatchCoversThoseBeforeIt() {
        SourcePosition ninth = SourcePosition.batch("photos", 9);
        assertTrue(ninth.covers(SourcePosition.batch("photos", 9)));
        assertTrue(ninth.covers(SourcePosition.batch("photos", 0)));
        assertFalse(ninth.covers(SourcePosition.batch("photos", 10)), "as numbers, not as texts");
    }

    @Test
    void snapshotsAndWatermarksCoverThemselvesAlone() {
        SourcePosition snapshot = SourcePosition.snapshot("photos", 9);
        assertTrue(snapshot.covers(SourcePosition.snapshot("photos", 9)));
        assertFalse(snapshot.covers(SourcePosition.snapshot("photos", 8)), "ids of snapshots have no order");
        SourcePosition watermark = SourcePosition.watermark("photos", "2026-11-30");
        assertTrue(watermark.covers(SourcePosition.watermark("photos", "2026-11-30")));
        assertFalse(watermark.covers(SourcePosition.watermark("photos", "2026-11-29")));
    }

    @Test
    void aSourceKeepsItsKind() {
        assertRefused(
                "the index has snapshot 9 of photos, which is no batch: give the source another name",
                () -> SourcePosition.snapshot("photos", 9).covers(SourcePosition.batch("photos", 9)));
    }

    @Test
    void positionsSaySomething() {
        assertRefused(
                "a position needs the name of its source, its kind and its value: source  , kind BATCH, value 1",
                () -> SourcePosition.batch(" ", 1));
        assertRefused(
                "a position needs the name of its source, its kind and its value: source photos, kind WATERMARK,"
                        + " value ",
                () -> SourcePosition.watermark("photos", ""));
        assertRefused(
                "the batch '-1' of source 'photos' is no number of a batch: 0 and more are",
                () -> SourcePosition.batch("photos", -1));
        assertRefused(
                "a position of the kind 'offset': batch, snapshot and watermark are known",
                () -> SourcePosition.Kind.of("offset"));
    }
}
