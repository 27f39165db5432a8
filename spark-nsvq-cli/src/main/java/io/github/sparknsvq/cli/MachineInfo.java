package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this machine searches with, and what the device {@code auto} chooses. */
final class MachineInfo {
    /** Usual codebooks: of a code, of a large model, of the lists of an index, of pictures. */
    private static final List<Shape> SHAPES =
            List.of(new Shape(256, 128), new Shape(4096, 128), new Shape(65_536, 128), new Shape(1024, 784));

    /** Values of the largest codebook that is tried: 1 GiB. */
    private static final long MAX_VALUES = 1L << 28;

    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,9})[xX]([0-9]{1,9})");

    private MachineInfo() {}

    /** A codebook's number of codewords {@code K} and dimension {@code D}. */
    record Shape(int codewords, int dimension) {

        /**
         * Reads {@code KxD}.
         *
         * @throws IllegalArgumentException if the text is not a shape; the message says what would be valid
         */
        static Shape parse(String text) {
            Matcher matcher = SHAPE.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no shape: give codewords x dimension, such as 4096x128");
            }
            Shape shape = new Shape(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            long values = (long) shape.codewords() * shape.dimension();
            if (values < 1 || values > MAX_VALUES) {
                throw new IllegalArgumentException(
                        "a codebook of " + text + " cannot be tried: it needs 1 to " + MAX_VALUES + " values in all");
            }
            return shape;
        }
    }

    /**
     * Describes the machine.
     *
     * @param shapes codebooks for which to say what {@code auto} takes; where empty, some that are usual
     */
    static Result describe(List<Shape> shapes) {
        NearestCodewordProviders.Choice choice = NearestCodewordProviders.cpuChoice();
        return new Result()
                .put("device", choice.provider().device().label())
                .put("kernel", choice.provider().name())
                .put("kernelReason", choice.reason())
                .put("otherDevices", otherDevices())
                .put("openclDevices", openClDevices())
                .put(
                        "auto",
                        (shapes.isEmpty() ? SHAPES : shapes)
                                .stream().map(MachineInfo::auto).toList())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("memoryBytes", Runtime.getRuntime().maxMemory())
                .put("java", Runtime.version().toString())
                .put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
    }

    private static Map<String, String> otherDevices() {
        Map<String, String> others = new LinkedHashMap<>();
        for (NearestCodewordProvider provider : NearestCodewordProviders.discovered()) {
            others.put(provider.device().label(), provider.unavailableBecause().orElseGet(provider::description));
        }
        others.putIfAbsent(Device.OPENCL.label(), "not to be had: the spark-nsvq-gpu module is not on the classpath");
        return others;
    }

    private static List<ComputeDevice> openClDevices() {
        return NearestCodewordProviders.discovered().stream()
                .filter(provider -> provider.device() == Device.OPENCL)
                .filter(provider -> provider.unavailableBecause().isEmpty())
                .flatMap(provider -> provider.devices().stream())
                .toList();
    }

    /** Says what {@code auto} takes for a shape, with the rates where there are two to compare. */
    private static Result auto(Shape shape) {
        NearestCodewordProviders.AutoChoice choice =
                NearestCodewordProviders.autoChoice(shape.codewords(), shape.dimension());
        Result result = new Result()
                .put("codewords", choice.codewords())
                .put("dimension", choice.dimension())
                .put("device", choice.device().label())
                .put("reason", choice.reason());
        if (choice.cpuRowsPerSecond() > 0) {
            result.put("cpuRowsPerSecond", Math.round(choice.cpuRowsPerSecond()));
            result.put("openclRowsPerSecond", Math.round(choice.openClRowsPerSecond()));
        }
        return result;
    }
}
