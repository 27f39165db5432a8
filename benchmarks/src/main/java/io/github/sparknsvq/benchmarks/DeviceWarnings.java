package io.github.sparknsvq.benchmarks;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Notices when a device fails or keeps tasks waiting: searches then go on on the CPU, and what is measured is no
 * longer the device.
 */
final class DeviceWarnings extends Handler {
    /** Held, because java.util.logging keeps loggers weakly. */
    private static final Logger GPU = Logger.getLogger("io.github.sparknsvq.gpu");

    private static volatile String heard;

    private DeviceWarnings() {}

    /** Begins to listen. */
    static void watch() {
        GPU.addHandler(new DeviceWarnings());
    }

    /**
     * Checks that what was measured is what was meant.
     *
     * @throws IllegalStateException if the device gave up
     */
    static void check() {
        if (heard != null) {
            new JsonLine("failure").put("reason", heard).print();
            throw new IllegalStateException("not measured on the device alone: " + heard);
        }
    }

    @Override
    public void publish(LogRecord message) {
        if (message.getLevel().intValue() >= Level.WARNING.intValue()) {
            heard = new SimpleFormatter().formatMessage(message);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
