package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.evaluation.EncodingComplexity;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.joint.JointSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What codes cost and what they give: complexity as published and measured, error and recall of the same settings.
 *
 * <p>Arguments: the folder of the data set, rows to train on, queries, rounds of least squares, then numbers of
 * codebooks of 8 bits.
 */
public final class ComplexityTable {
    private static final int BITS = 8;
    private static final int K = 1 << BITS;
    private static final int POLISH = 4;
    private static final long SEED = 1;

    /** Rows whose encoding is timed. */
    private static final int TIMED = 10_000;

    private final FloatMatrix train;
    private final AsymmetricSearch search;
    private final int rounds;

    private ComplexityTable(Path folder, int rows, int asked, int rounds) {
        FloatMatrix learn = VectorFiles.readMatrix(folder.resolve("learn.bvecs"));
        this.train = Trainer.slice(learn, 0, rows);
        FloatMatrix base = VectorFiles.readMatrix(folder.resolve("base.bvecs"));
        this.search = new AsymmetricSearch(base, Trainer.slice(learn, learn.rows() - asked, learn.rows()));
        this.rounds = rounds;
    }

    /** Prints both tables. */
    public static void main(String[] args) {
        published();
        ComplexityTable table = new ComplexityTable(
                Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        table.header();
        for (String codebooks : Arrays.asList(args).subList(4, args.length)) {
            table.rows(Integer.parseInt(codebooks));
        }
    }

    /** The published figures, which {@code EncodingComplexityTest} holds this to, and with all stages. */
    private static void published() {
        System.out.println("# log10 WMOPS, dimension 64, four codebooks (published, Figure 4-c), beam 16 for AVQ");
        System.out.printf(
                "%4s %9s %9s %9s | %15s %15s%n", "bits", "AVQ", "RVQ", "PVQ", "RVQ, all stages", "PVQ, all stages");
        for (int bits = 3; bits <= 10; bits++) {
            int k = 1 << bits;
            System.out.printf(
                    Locale.ROOT,
                    "%4d %9.4f %9.4f %9.4f | %15.4f %15.4f%n",
                    4 * bits,
                    Math.log10(EncodingComplexity.additive(64, 4, k, 16)),
                    Math.log10(EncodingComplexity.residual(64, 4, k, 3)),
                    Math.log10(EncodingComplexity.product(64, 4, k, 3)),
                    Math.log10(EncodingComplexity.residual(64, 4, k, 4)),
                    Math.log10(EncodingComplexity.product(64, 4, k, 4)));
        }
    }

    private void header() {
        System.out.printf(
                "%n# sift-photos, dimension %d: %,d rows trained on, %,d encoded, %,d queries%n",
                train.columns(), train.rows(), search.base().rows(), search.queries());
        System.out.printf(
                "%-24s %5s | %9s %9s %9s | %9s %9s | %8s %6s %6s %6s | %9s%n",
                "quantizer",
                "bits",
                "WMOPS pub",
                "all",
                "CPU s/M",
                "query kop",
                "row adds",
                "MSE",
                "R@1",
                "R@10",
                "R@100",
                "train s");
    }

    private void rows(int codebooks) {
        int d = train.columns();
        try (Trainer trainer = new Trainer(train, codebooks, BITS, SEED)) {
            double[] product = {
                EncodingComplexity.product(d, codebooks, K, codebooks - 1),
                EncodingComplexity.product(d, codebooks, K, codebooks)
            };
            double seconds = Cpu.seconds();
            row("PVQ", codebooks, product, false, trainer.defaultParts(), Cpu.seconds() - seconds);
            seconds = Cpu.seconds();
            Quantizer rotated = trainer.rotatedParts();
            // each of D values of the rotated row: D products and sums
            double rotation = 2e-6 * d * d;
            double[] turned = {product[0] + rotation, product[1] + rotation};
            row("PVQ, OPQ", codebooks, turned, false, rotated, Cpu.seconds() - seconds);
            seconds = Cpu.seconds();
            float[] levels = trainer.defaultLevels();
            double levelSeconds = Cpu.seconds() - seconds;
            double[] residual = {
                EncodingComplexity.residual(d, codebooks, K, codebooks - 1),
                EncodingComplexity.residual(d, codebooks, K, codebooks)
            };
            row("RVQ, greedy", codebooks, residual, true, trainer.residual(levels, 1), levelSeconds);
            for (int beam : new int[] {1, 8}) {
                JointSettings settings = JointSettings.residual().withBeam(beam).withRounds(rounds);
                seconds = Cpu.seconds();
                List<FloatMatrix> joint = trainer.jointly(levels, settings);
                double spent = levelSeconds + Cpu.seconds() - seconds;
                double[] modeled = beam == 1 ? residual : new double[0];
                row("RVQ, joint, beam " + beam, codebooks, modeled, true, new ResidualQuantizer(joint, beam), spent);
            }
            seconds = Cpu.seconds();
            List<FloatMatrix> joint =
                    trainer.jointly(levels, JointSettings.additive().withRounds(rounds));
            double spent = levelSeconds + Cpu.seconds() - seconds;
            for (int beam : new int[] {4, 16}) {
                double model = EncodingComplexity.additive(d, codebooks, K, beam);
                double[] modeled = {model, model};
                Quantizer additive = new AdditiveQuantizer(joint, beam, POLISH);
                row("AVQ, beam " + beam + ", polished", codebooks, modeled, true, additive, spent);
            }
        }
    }

    private void row(String name, int codebooks, double[] wmops, boolean sums, Quantizer quantizer, double spent) {
        int d = train.columns();
        FloatMatrix decoded =
                quantizer.decode(quantizer.encode(search.base()), search.base().rows());
        long[] ranks = search.ranks(decoded);
        System.out.printf(
                Locale.ROOT,
                "%-24s %5d | %9s %9s %9.2f | %9d %9d | %8.0f %6.3f %6.3f %6.3f | %9.1f%n",
                name,
                codebooks * BITS,
                wmops.length == 0 ? "" : String.format(Locale.ROOT, "%.4f", wmops[0]),
                wmops.length == 0 ? "" : String.format(Locale.ROOT, "%.4f", wmops[1]),
                secondsPerMillion(quantizer),
                // tables of a query: a product and a sum for each value of each codeword
                2 * K * d * (sums ? codebooks : 1) / 1000,
                codebooks + (sums ? 1 : 0),
                search.error(decoded),
                Recall.at(ranks, 1),
                Recall.at(ranks, 10),
                Recall.at(ranks, 100),
                spent);
        System.out.flush();
    }

    /** CPU seconds to encode a million rows, after warming up: of a second or more, for the clock has steps. */
    private double secondsPerMillion(Quantizer quantizer) {
        byte[] codes = new byte[TIMED * quantizer.codeSize()];
        quantizer.encode(search.base().values(), 0, TIMED, codes, 0);
        double began = Cpu.seconds();
        int runs = 0;
        while (Cpu.seconds() - began < 1) {
            quantizer.encode(search.base().values(), 0, TIMED, codes, 0);
            runs++;
        }
        return (Cpu.seconds() - began) * 1e6 / TIMED / runs;
    }
}
