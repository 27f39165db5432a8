package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;

/** What all scanners of an index share. May be used by several threads at once. */
public interface ListScanning {

    /**
     * Returns the fastest scanning that is there for an index.
     *
     * @param quantizer of the index
     * @param format of its lists
     */
    static ListScanning of(IvfQuantizer quantizer, ListFormat format) {
        return Scannings.of(quantizer, format, NearestCodewordProviders.cpu().scans(), Scannings.bytesOfTerms());
    }

    /** Makes a scanner for one thread. */
    ListScanner scanner();
}
