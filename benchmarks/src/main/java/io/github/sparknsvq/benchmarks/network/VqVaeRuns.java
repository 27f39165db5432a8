package io.github.sparknsvq.benchmarks.network;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.sparknsvq.djl.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Trains VQ-VAEs one after the other, and appends the figures of each to a file of JSON lines when it is done. Runs
 * that the file has are not repeated.
 *
 * <p>{@code VqVaeRuns IMAGES LINES CODEBOOKS STRATEGIES REPLACEMENT BITS SEEDS UPDATES HIDDEN}; the third to seventh
 * are lists with commas between.
 */
public final class VqVaeRuns {
    private static final int HELD_OUT = 200;

    private VqVaeRuns() {}

    /** Runs what the arguments say. */
    public static void main(String[] args) throws IOException {
        List<float[]> images = SmallImages.shuffled(SmallImages.read(Path.of(args[0])), 0, 0);
        List<float[]> training = images.subList(HELD_OUT, images.size());
        List<float[]> heldOut = images.subList(0, HELD_OUT);
        Path file = Path.of(args[1]);
        Set<String> done = done(file);
        for (RunSettings settings : settings(args)) {
            if (done.contains(settings.json().toString())) {
                continue;
            }
            try (VqVae vae = new VqVae(settings, training, heldOut)) {
                List<String> lines =
                        vae.run().stream().map(JsonObject::toString).toList();
                Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                System.err.println(lines.get(lines.size() - 1));
            }
        }
    }

    private static List<RunSettings> settings(String[] args) {
        List<RunSettings> all = new ArrayList<>();
        for (String seed : args[6].split(",")) {
            for (String bits : args[5].split(",")) {
                for (String codebooks : args[2].split(",")) {
                    for (String strategy : args[3].split(",")) {
                        for (String replacement : args[4].split(",")) {
                            all.add(new RunSettings(
                                    codebooks,
                                    Strategy.valueOf(strategy.toUpperCase(Locale.ROOT)),
                                    Boolean.parseBoolean(replacement),
                                    Integer.parseInt(bits),
                                    Long.parseLong(seed),
                                    Integer.parseInt(args[7]),
                                    Integer.parseInt(args[8])));
                        }
                    }
                }
            }
        }
        return all;
    }

    /** Returns the settings of the runs that a file has, as text: numbers that were read equal no others in Gson. */
    private static Set<String> done(Path file) throws IOException {
        Set<String> done = new HashSet<>();
        if (Files.exists(file)) {
            try (Stream<String> lines = Files.lines(file)) {
                lines.forEach(
                        line -> done.add(settingsOf(JsonParser.parseString(line).getAsJsonObject())
                                .toString()));
            }
        }
        return done;
    }

    private static JsonObject settingsOf(JsonObject line) {
        JsonObject settings = new JsonObject();
        for (Map.Entry<String, JsonElement> field : line.entrySet()) {
            if (field.getKey().equals("step")) {
                break;
            }
            settings.add(field.getKey(), field.getValue());
        }
        return settings;
    }
}
