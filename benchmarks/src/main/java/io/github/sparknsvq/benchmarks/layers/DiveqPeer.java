package io.github.sparknsvq.benchmarks.layers;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.Codebooks;
import io.github.sparknsvq.core.noise.Draws;
import io.github.sparknsvq.core.noise.Forward;
import io.github.sparknsvq.core.noise.Gradients;
import io.github.sparknsvq.core.noise.Layer;
import io.github.sparknsvq.core.noise.NoiseSubstitution;
import io.github.sparknsvq.core.noise.Parameters;
import io.github.sparknsvq.core.noise.SpaceFillingDiveq;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs spark-nsvq's layers on the rows, codewords and draws that a layer of the package diveq was run on, and prints
 * how far both are apart.
 */
public final class DiveqPeer {
    private final Map<String, String> lines = new HashMap<>();

    private DiveqPeer(String block) {
        block.lines().forEach(line -> {
            int space = line.indexOf(' ');
            lines.put(line.substring(0, space), line.substring(space + 1));
        });
    }

    /** Reads the file that {@code diveq_peer.py} wrote. */
    public static void main(String[] args) throws IOException {
        System.out.printf("%-18s %-26s | %9s %9s %9s %9s%n", "layer", "shape", "indices", "x'", "dX", "dC");
        for (String block : Files.readString(Path.of(args[0])).strip().split("\n\n")) {
            new DiveqPeer(block).compare();
        }
    }

    private void compare() {
        String[] shape = lines.get("shape").split(" ");
        int m = Integer.parseInt(shape[1]);
        int k = Integer.parseInt(shape[2]);
        int d = Integer.parseInt(shape[3]);
        Codebooks books = switch (shape[0]) {
            case "one" -> Codebooks.one(k, d);
            case "product" -> Codebooks.product(m, k, d);
            default -> Codebooks.residual(m, k, d, 1);
        };
        Layer layer = layer(books);
        FloatMatrix rows = matrix("rows", d);
        Forward forward = layer.forward(Parameters.of(matrix("codewords", books.codewordDimension())), rows, 0);
        Gradients gradients = forward.backward(matrix("downstream", d));
        int[] chosen = lines.get("layer").startsWith("SF") ? forward.segments() : forward.indices();
        double[] indices = numbers("indices");
        int same = 0;
        for (int i = 0; i < indices.length; i++) {
            same += indices[i] == chosen[i] ? 1 : 0;
        }
        System.out.printf(
                Locale.ROOT,
                "%-18s %-26s | %8.2f%% %9.1e %9.1e %9.1e%n",
                lines.get("layer"),
                rows.rows() + " rows, " + m + " x " + k + " of " + d,
                100.0 * same / indices.length,
                apart("output", forward.output().values()),
                apart("dx", gradients.input().values()),
                apart("dc", gradients.codewords().values()));
    }

    private Layer layer(Codebooks books) {
        double sigma = lines.containsKey("sigma") ? Double.parseDouble(lines.get("sigma")) : 0;
        return switch (lines.get("layer")) {
            case "DIVEQDetach" -> NoiseSubstitution.detached(books);
            case "SFDIVEQ" -> new SpaceFillingDiveq(books, sigma, 1).withDraws(draws());
            case "SFDIVEQDetach" -> new SpaceFillingDiveq(books, 0, 1).withDraws(draws());
            default -> NoiseSubstitution.diveq(books, sigma, 1).withDraws(draws());
        };
    }

    private Draws draws() {
        double[] v = lines.containsKey("v") ? numbers("v") : null;
        double[] shares = lines.containsKey("shares") ? numbers("shares") : null;
        return step -> new Draws.Rows() {
            @Override
            public void gaussian(long row, double[] into) {
                System.arraycopy(v, (int) row * into.length, into, 0, into.length);
            }

            @Override
            public void uniform(long row, double[] into) {
                System.arraycopy(shares, 0, into, 0, into.length);
            }
        };
    }

    private double[] numbers(String key) {
        return Stream.of(lines.get(key).split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private FloatMatrix matrix(String key, int columns) {
        double[] values = numbers(key);
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return new FloatMatrix(floats.length / columns, columns, floats);
    }

    /** The greatest difference, in units of the greatest value or 1. */
    private double apart(String key, float[] actual) {
        double[] expected = numbers(key);
        double most = 0;
        double size = 1;
        for (int i = 0; i < expected.length; i++) {
            most = Math.max(most, Math.abs(expected[i] - actual[i]));
            size = Math.max(size, Math.abs(expected[i]));
        }
        return most / size;
    }
}
