package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Surefire starts Java with the Vector API, so here the choice must fall on it: a plain twin would test nothing. */
class VectorNearestCodewordTest extends SeveralNearestContract {
    @Override
    protected NearestCodewordProvider provider() {
        NearestCodewordProvider provider = NearestCodewordProviders.cpu();
        assertEquals("vector-api", provider.name(), NearestCodewordProviders.cpuChoice()::reason);
        return provider;
    }

    @Test
    void saysHowWideItIs() {
        assertEquals(Device.CPU, provider().device());
        assertTrue(provider().description().matches("Vector API, (4|8|16|32) floats at a time"));
    }
}
