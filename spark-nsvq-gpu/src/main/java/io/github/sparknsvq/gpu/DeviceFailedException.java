package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.NsvqException;

/** An OpenCL device did not do what it was asked for. */
final class DeviceFailedException extends NsvqException {
    private static final long serialVersionUID = 1L;

    DeviceFailedException(String message) {
        super(message);
    }

    DeviceFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
