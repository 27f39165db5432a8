package io.github.sparknsvq.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
    private static final Configuration HADOOP = new Configuration();

    @TempDir
    Path directory;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    private static Report report(String note) {
        return new Report("nsvq", "a test").note(note);
    }

    private static void write(String to, boolean overwrite, String note) {
        try (ReportFile file = ReportFile.begin(HADOOP, to, overwrite, List.of())) {
            file.write(report(note));
            file.commit();
        }
    }

    private static String message(Executable of) {
        return assertThrows(NsvqException.class, of).getMessage();
    }

    @Test
    void writesAFileBehindAUri() throws IOException {
        Path file = directory.resolve("new/report.html");
        write(file.toUri().toString(), false, "first");
        assertEquals(report("first").html(), Files.readString(file));
    }

    @Test
    void replacesAFileOnlyWhenAsked() throws IOException {
        Path file = directory.resolve("report.html");
        Files.writeString(file, "mine");
        assertEquals(
                "the report " + file + " exists already: give another --report, or --mode overwrite to replace it",
                message(() -> write(file.toString(), false, "first")));
        assertEquals("mine", Files.readString(file));
        write(file.toString(), true, "second");
        assertTrue(Files.readString(file).contains("<p>second</p>"));
        assertEquals(List.of("report.html"), names());
    }

    @Test
    void leavesNothingWithoutCommit() throws IOException {
        try (ReportFile file =
                ReportFile.begin(HADOOP, directory.resolve("report.html").toString(), false, List.of())) {
            file.write(report("first"));
        }
        assertEquals(List.of(), names());
    }

    @Test
    void refusesDirectories() throws IOException {
        Path at = Files.createDirectory(directory.resolve("made"));
        assertEquals(
                "the report " + at + " is a directory: give --report a file",
                message(() -> ReportFile.begin(HADOOP, at.toString(), true, List.of())));
    }

    @Test
    void refusesAPlaceInWhatTheCommandReadsOrWrites() throws IOException {
        String output = directory.resolve("out").toString();
        String inside = output + "/deep/report.html";
        assertEquals(
                "the report " + inside + " would lie in " + output
                        + ", which this command reads or writes: give another --report",
                message(() -> ReportFile.begin(HADOOP, inside, false, List.of("other", output))));
        assertEquals(List.of(), names());
        ReportFile.begin(HADOOP, output + ".html", false, List.of(output)).close();
        assertEquals(List.of(), names());
    }
}
