package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PlainNearestCodewordTest extends SeveralNearestContract {
    @Override
    protected NearestCodewordProvider provider() {
        return new PlainNearestCodeword.Provider();
    }

    @Test
    void isAlwaysThere() {
        assertEquals("plain-java", provider().name());
        assertEquals(Device.CPU, provider().device());
        assertTrue(provider().unavailableBecause().isEmpty());
    }
}
