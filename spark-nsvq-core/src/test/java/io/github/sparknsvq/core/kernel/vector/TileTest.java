package io.github.sparknsvq.core.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which tile the kernel tests run on: the CPU's own, or the one that an execution of surefire asks for. */
class TileTest {
    /** What the execution expects, where it takes instructions from the CPU: narrow or wide. */
    private static final String EXPECTED = "nsvq.test.tile";

    @Test
    void isTheOneThatThisRunIsFor() {
        boolean manyRegisters =
                Lanes.LENGTH == 16 || System.getProperty("os.arch").equals("aarch64");
        String expected = System.getProperty(EXPECTED, manyRegisters ? "wide" : "narrow");
        int vectors = expected.equals("wide") ? WideTile.ROW_VECTORS : NarrowTile.ROW_VECTORS;
        assertEquals(expected, Lanes.MANY_REGISTERS ? "wide" : "narrow");
        assertEquals(vectors * Lanes.LENGTH, Tile.ROWS);
    }
}
