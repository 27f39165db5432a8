package io.github.sparknsvq.benchmarks.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BroadcastBlockId;
import scala.collection.Iterator;

/**
 * What this JVM and its Spark session hold.
 *
 * @param spark the session's context
 * @param temporary folder of temporary files
 * @param local folder of Spark's own files
 */
record Held(SparkContext spark, Path temporary, Path local) {
    /** Collections until Spark has cleaned up behind what was collected. */
    private static final int MOST_COLLECTIONS = 25;

    private static final int PAUSE_MILLIS = 200;
    private static final int MOST_WALKS = 10;
    private static final double MEGABYTE = 1 << 20;

    /** Collects garbage until the blocks of the session are as many as after the collection before. */
    void settle() {
        long last = -1;
        for (int i = 0; i < MOST_COLLECTIONS; i++) {
            System.gc();
            try {
                Thread.sleep(PAUSE_MILLIS); // Spark's cleaner works on a thread of its own
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
            long now = blocks(false);
            if (now == last) {
                return;
            }
            last = now;
        }
    }

    /** Returns the figures by their names, in MB where they are memory. */
    Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(
                "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEGABYTE);
        figures.put(
                "nonheap",
                ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed() / MEGABYTE);
        figures.put("resident", residentKilobytes() / 1024.0);
        figures.put(
                "classes", (double) ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
        figures.put("threads", (double) ManagementFactory.getThreadMXBean().getThreadCount());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct") || pool.getName().equals("mapped")) {
                figures.put(pool.getName(), pool.getMemoryUsed() / MEGABYTE);
                figures.put(pool.getName() + "Buffers", (double) pool.getCount());
            }
        }
        figures.put("broadcasts", (double) blocks(true));
        figures.put("blocks", (double) blocks(false));
        figures.put("cachedRdds", (double) spark.getPersistentRDDs().size());
        figures.put("descriptors", (double) entries(Path.of("/proc/self/fd")));
        figures.put("temporaryFiles", (double) files(temporary));
        figures.put("sparkFiles", (double) files(local));
        return figures;
    }

    /** Counts the blocks of Spark's block manager, or broadcasts alone, of which their pieces do not count. */
    private static long blocks(boolean broadcasts) {
        long count = 0;
        Iterator<BlockId> all =
                SparkEnv.get().blockManager().getMatchingBlockIds(id -> true).iterator();
        while (all.hasNext()) {
            BlockId block = all.next();
            boolean whole = block instanceof BroadcastBlockId id && id.field().isEmpty();
            count += !broadcasts || whole ? 1 : 0;
        }
        return count;
    }

    private static double residentKilobytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long entries(Path folder) {
        try (Stream<Path> found = Files.list(folder)) {
            return found.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long files(Path folder) {
        for (int i = 1; ; i++) {
            try (Stream<Path> found = Files.walk(folder)) {
                return found.filter(Files::isRegularFile).count();
            } catch (IOException | UncheckedIOException e) {
                if (i == MOST_WALKS) { // Spark's cleaner may delete what is just being looked at
                    throw new IllegalStateException("cannot count the files of " + folder, e);
                }
            }
        }
    }
}
