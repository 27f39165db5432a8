package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.TaskDevice;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Loads OpenCL in a process of its own and prints what was asked for, in lines of fields between tabs. Without
 * arguments: the devices, or the problem that there is none. {@code K D [ADDRESS]}: the rows a second that the device
 * of an address finds among K codewords of dimension D.
 */
final class DeviceMain {
    /** The last line of a whole answer. */
    static final String END = "end";

    private static final String DEVICE = "device";
    private static final String PROBLEM = "problem";
    private static final String ROWS = "rows";
    private static final String SEPARATOR = "\t";

    private DeviceMain() {}

    /**
     * Answers a question.
     *
     * @param question none for the devices, or K, D and perhaps an address
     */
    public static void main(String[] question) {
        PrintStream out = System.out;
        // what a driver prints is no part of the answer
        System.setOut(System.err);
        List<TaskDevice> task = new ArrayList<>();
        if (question.length > 2) {
            task.add(() -> Optional.of(question[2]));
        }
        OpenClDevices devices = OpenClDevices.found(task);
        StringBuilder answer = new StringBuilder();
        if (question.length == 0) {
            devices.all().forEach(device -> answer.append(line(device.description())));
            devices.problem().ifPresent(problem -> answer.append(line(PROBLEM, problem)));
        } else {
            double rows = new OpenClNearestCodewordProvider(devices, NearestCodewordProviders.cpu())
                    .rowsPerSecond(Integer.parseInt(question[0]), Integer.parseInt(question[1]));
            answer.append(line(ROWS, Double.toString(rows)));
        }
        byte[] bytes = answer.append(END).append('\n').toString().getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    private static String line(ComputeDevice device) {
        return line(
                DEVICE,
                device.name(),
                device.kind(),
                device.platform(),
                device.driver(),
                Integer.toString(device.computeUnits()),
                Long.toString(device.memoryBytes()),
                Long.toString(device.largestBufferBytes()),
                Long.toString(device.localMemoryBytes()));
    }

    private static String line(String... fields) {
        List<String> clean = new ArrayList<>();
        for (String field : fields) {
            clean.add(field.replaceAll("\\p{Cntrl}", " "));
        }
        return String.join(SEPARATOR, clean) + '\n';
    }

    /**
     * Reads the answer about devices.
     *
     * @throws DeviceFailedException if it is none
     */
    static FoundDevices devices(List<String> lines) {
        List<ComputeDevice> devices = new ArrayList<>();
        String problem = null;
        for (String line : lines) {
            String[] fields = line.split(SEPARATOR, -1);
            if (fields.length == 2 && fields[0].equals(PROBLEM)) {
                problem = fields[1];
            } else {
                devices.add(device(fields));
            }
        }
        if (devices.isEmpty() == (problem == null)) {
            throw garbled();
        }
        return new FoundDevices(devices, Optional.ofNullable(problem));
    }

    private static ComputeDevice device(String[] fields) {
        if (fields.length != 9 || !fields[0].equals(DEVICE)) {
            throw garbled();
        }
        try {
            return new ComputeDevice(
                    fields[1],
                    fields[2],
                    fields[3],
                    fields[4],
                    Integer.parseInt(fields[5]),
                    Long.parseLong(fields[6]),
                    Long.parseLong(fields[7]),
                    Long.parseLong(fields[8]));
        } catch (NumberFormatException e) {
            throw garbled();
        }
    }

    /**
     * Reads the answer about a search.
     *
     * @return rows a second
     * @throws DeviceFailedException if it is none
     */
    static double rows(List<String> lines) {
        String[] fields = lines.size() == 1 ? lines.get(0).split(SEPARATOR, -1) : new String[0];
        if (fields.length != 2 || !fields[0].equals(ROWS)) {
            throw garbled();
        }
        try {
            return Double.parseDouble(fields[1]);
        } catch (NumberFormatException e) {
            throw garbled();
        }
    }

    private static DeviceFailedException garbled() {
        return new DeviceFailedException("the process that looks for OpenCL devices gave an answer that is none");
    }
}
