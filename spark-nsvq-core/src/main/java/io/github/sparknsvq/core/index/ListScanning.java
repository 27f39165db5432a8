package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Chooses how the lists of an index are scanned. */
public final class ListScanning {
    private ListScanning() {}

    /**
     * Returns the fastest scanning that is there for an index: what makes a scanner for one thread, and holds what
     * they share. May be used by several threads at once.
     *
     * @param quantizer of the index
     * @param format of its lists
     */
    public static Supplier<ListScanner> of(IvfQuantizer quantizer, ListFormat format) {
        return of(quantizer, format, NearestCodewordProviders.cpu().scans(), bytesOfTerms());
    }

    /**
     * The most bytes that terms of all lists may take; with more lists tables are made again for each query instead.
     */
    static long bytesOfTerms() {
        return Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);
    }

    /** How many codes there is room for in what is kept of all lists: whole blocks for each. */
    static long keptPlaces(InvertedLists lists) {
        int block = 2 * ScanKernel.BLOCK;
        return IntStream.range(0, lists.lists())
                .mapToLong(list -> ((long) lists.size(list) + block - 1) / block * block)
                .sum();
    }

    static Supplier<ListScanner> of(IvfQuantizer quantizer, ListFormat format, ScanKernel kernel, long bytesOfTerms) {
        Quantizer codes = quantizer.codes();
        if (codes == null && format instanceof PlainFormat) {
            return () -> new FlatScanner(quantizer, kernel);
        }
        if (codes instanceof ScalarQuantizer scalar && format instanceof PlainFormat) {
            return () -> new ScalarScanner(quantizer, scalar, kernel);
        }
        if (codes == null || !CodeTables.canDo(codes)) {
            return () -> new DecodingScanner(quantizer, format);
        }
        if (format instanceof BlockFormat blocks
                && codes instanceof ProductQuantizer product
                && product.codewords() == 16) {
            CodeTables tables = new CodeTables(quantizer, kernel, bytesOfTerms);
            return () -> new BlockScanner(
                    new QueryTable(tables),
                    kernel,
                    blocks.parts(),
                    new QueriesScanner(tables, kernel, TableSums.NIBBLE_ENTRIES, format, false));
        }
        boolean norms = quantizer.metric() == Metric.L2 && !(codes instanceof ProductQuantizer);
        if (format instanceof NormFormat || (format instanceof PlainFormat && !norms)) {
            CodeTables tables = new CodeTables(quantizer, kernel, bytesOfTerms);
            int stride = (int) format.bytes(1);
            boolean several = kernel.sumsBytesFast() && TableSums.areBytes(codes.codeBits(), tables.starts());
            return () -> new TableScanner(
                    new QueryTable(tables),
                    TableSums.of(codes.codeBits(), tables.starts(), stride),
                    format,
                    norms,
                    several ? new QueriesScanner(tables, kernel, TableSums.BYTE_ENTRIES, format, norms) : null);
        }
        return () -> new DecodingScanner(quantizer, format);
    }
}
