package io.github.sparknsvq.benchmarks.classical;

import com.github.luben.zstd.Zstd;
import io.github.sparknsvq.core.entropy.BlockCoder;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.ResidualVQ;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What entropy coding makes of codes, beside Huffman's code, zstd and plain Parquet: {@code EntropySizes LEARN BASE
 * IMAGES FOLDER TRAINED_ON ROWS}, with vector files, a folder to write to, and how many rows are taken.
 */
public final class EntropySizes {
    private static final int LEVEL = 3;

    private final Dataset<Row> learn;
    private final Dataset<Row> base;
    private final Dataset<Row> images;
    private final Path folder;
    private final int trainedOn;

    private EntropySizes(SparkSession spark, String[] args) {
        this.trainedOn = Integer.parseInt(args[4]);
        int rows = Integer.parseInt(args[5]);
        this.learn = vectors(spark, args[0]).limit(trainedOn).coalesce(1).cache();
        this.base = vectors(spark, args[1]).limit(rows);
        this.images = vectors(spark, args[2]).limit(rows);
        this.folder = Path.of(args[3]);
    }

    private static Dataset<Row> vectors(SparkSession spark, String file) {
        return spark.read().format("bvecs").load(file).coalesce(1);
    }

    /** Prints the table. */
    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "ERROR")
                .getOrCreate();
        new EntropySizes(spark, args).run();
        spark.stop();
    }

    private void run() throws IOException {
        System.out.printf(
                "%-26s %8s | %6s %7s %7s %7s %7s | %7s %7s | %6s %6s %6s %6s | %6s %6s%n",
                "", "rows", "whole", "entropy", "rANS", "Huff.", "zstd", "tables", "ids", "Parq.", "total", "code s",
                "dec. s", "M/s", "M/s");
        measure("vq, K = 1024", new VQ().setK(1024).setSeed(1).fit(learn), base);
        measure(
                "pq, 8 x 8 bits",
                new ProductVQ().setNumCodebooks(8).setCodebookBits(8).setSeed(1).fit(learn),
                base);
        measure(
                "rq, 8 x 8 bits",
                new ResidualVQ()
                        .setNumCodebooks(8)
                        .setCodebookBits(8)
                        .setJointIter(0)
                        .setSeed(1)
                        .fit(learn),
                base);
        for (double share : new double[] {0.5, 0.35}) {
            ResidualVQ early = new ResidualVQ()
                    .setNumCodebooks(8)
                    .setCodebookBits(8)
                    .setJointIter(0)
                    .setSeed(1);
            String name = String.format(Locale.ROOT, "rq, ends below %.2f", share);
            measure(name, early.setErrorThreshold(share * spread()).fit(learn), base);
        }
        Dataset<Row> some = images.limit(trainedOn).cache();
        measure(
                "pq, images, 16 x 8 bits",
                new ProductVQ()
                        .setNumCodebooks(16)
                        .setCodebookBits(8)
                        .setSeed(1)
                        .fit(some),
                images);
        measure("vq, images, K = 256", new VQ().setK(256).setSeed(1).fit(some), images);
    }

    /** Mean squared distance of the rows from their mean. */
    private double spread() {
        return new VQ().setK(1).setMaxIter(1).fit(learn).summary().trainingCost() / trainedOn;
    }

    /** The codes as arrays: indices of all codebooks, and how many each row has. */
    private record Codes(int[] sizes, int[] indices, int[] lengths) {
        CodeUsage usage() {
            CodeUsage usage = new CodeUsage(sizes);
            int m = sizes.length;
            for (int i = 0; i < lengths.length; i++) {
                usage.add(Arrays.copyOfRange(indices, i * m, i * m + lengths[i]), new double[lengths[i]], 1);
            }
            return usage;
        }

        /** The same in whole bits, as {@code encode} writes them. */
        byte[] packed() {
            CodeBits all =
                    new CodeBits(IntStream.of(sizes).map(CodeBits::widthFor).toArray());
            byte[] bytes = new byte[lengths.length * all.codeSize()];
            int at = 0;
            for (int i = 0; i < lengths.length; i++) {
                CodeBits layout = all.prefix(lengths[i]);
                layout.pack(indices, i * sizes.length, 1, bytes, at);
                at += layout.codeSize();
            }
            return Arrays.copyOf(bytes, at);
        }

        Codes block(int from, int to) {
            int m = sizes.length;
            return new Codes(
                    sizes, Arrays.copyOfRange(indices, from * m, to * m), Arrays.copyOfRange(lengths, from, to));
        }
    }

    private static Codes codes(QuantizerModel<?, ?> model, Dataset<Row> encoded) {
        int[] sizes = model.shared().layout().sizes();
        boolean several = model instanceof CodeModel<?>;
        List<Row> rows = encoded.select(several ? "codes" : "prediction").collectAsList();
        int[] indices = new int[rows.size() * sizes.length];
        int[] lengths = new int[rows.size()];
        for (int i = 0; i < lengths.length; i++) {
            List<Integer> code =
                    several ? rows.get(i).getList(0) : List.of(rows.get(i).getInt(0));
            lengths[i] = code.size();
            for (int m = 0; m < lengths[i]; m++) {
                indices[i * sizes.length + m] = code.get(m);
            }
        }
        return new Codes(sizes, indices, lengths);
    }

    private void measure(String name, QuantizerModel<?, ?> model, Dataset<Row> of) throws IOException {
        if (model instanceof CodeModel<?> several) {
            several.setCodesCol("codes");
        }
        Dataset<Row> encoded = model.transform(of).drop("features").cache();
        Codes codes = codes(model, encoded);
        int n = codes.lengths().length;
        CodeUsage usage = codes.usage();
        double huffman = HuffmanLength.bits(usage.lengths());
        for (int m = 0; m < codes.sizes().length; m++) {
            huffman += usage.histogram(m).total() / n * HuffmanLength.bits(usage.histogram(m));
        }
        byte[] packed = codes.packed();
        double symbols = n * (usage.meanLength() + (usage.lengths().dead() == codes.sizes().length - 1 ? 0 : 1));
        double[] seconds = speed(codes, usage);
        String at = folder.resolve(name.replaceAll("[^a-z0-9]", "")).toString();
        Dataset<Row> written = encoded.select("id", model instanceof CodeModel<?> ? "code" : "prediction");
        EntropyCodes.Size size = EntropyCodes.write(written, model, at);
        written.write().parquet(at + "-plain");
        encoded.unpersist();
        System.out.printf(
                Locale.ROOT,
                "%-26s %8d | %6.2f %7.3f %7.3f %7.3f %7.3f | %7.3f %7.3f | %6.2f %6.2f %6.3f %6.3f | %6.1f %6.1f%n",
                name,
                n,
                8.0 * packed.length / n,
                usage.bits(),
                size.codedBits(),
                huffman,
                8.0 * Zstd.compress(packed, LEVEL).length / n,
                8.0 * size.tableBytes() / n,
                8.0 * size.otherBytes() / n,
                8.0 * bytes(Path.of(at + "-plain")) / n,
                8.0 * (size.codedBytes() + size.tableBytes() + size.otherBytes()) / n,
                seconds[0],
                seconds[1],
                symbols / seconds[0] / 1e6,
                symbols / seconds[1] / 1e6);
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** CPU seconds of this thread to code and to decode all rows, the best of five. */
    private static double[] speed(Codes codes, CodeUsage usage) {
        BlockCoder coder = BlockCoder.of(usage);
        int block = EntropyCodes.ROWS_PER_BLOCK;
        int n = codes.lengths().length;
        int blocks = (n + block - 1) / block;
        byte[][] coded = new byte[blocks][];
        Codes[] parts = new Codes[blocks];
        Arrays.setAll(parts, b -> codes.block(b * block, Math.min(n, (b + 1) * block)));
        double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 5; round++) {
            long began = threads.getCurrentThreadCpuTime();
            for (int b = 0; b < blocks; b++) {
                coded[b] = coder.encode(parts[b].indices(), parts[b].lengths(), parts[b].lengths().length);
            }
            long between = threads.getCurrentThreadCpuTime();
            for (int b = 0; b < blocks; b++) {
                int count = parts[b].lengths().length;
                coder.decode(coded[b], count, new int[parts[b].indices().length], new int[count], "a block");
            }
            best[0] = Math.min(best[0], (between - began) / 1e9);
            best[1] = Math.min(best[1], (threads.getCurrentThreadCpuTime() - between) / 1e9);
        }
        return best;
    }
}
