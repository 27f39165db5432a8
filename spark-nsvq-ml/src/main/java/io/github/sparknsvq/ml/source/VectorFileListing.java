package io.github.sparknsvq.ml.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.core.io.VectorFileLayout;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * From the paths of a read to the layouts of the files behind them, in the order of their ids.
 *
 * @param format of the files
 * @param configuration of Hadoop
 */
record VectorFileListing(VectorFileFormat format, Configuration configuration) {
    // Reading a header from an object store is nearly all waiting.
    private static final int HEADER_THREADS = 16;

    /** Returns the paths that {@code load(...)} left in the options: one as {@code path}, several as a JSON array. */
    static List<String> paths(CaseInsensitiveStringMap options) {
        List<String> paths = new ArrayList<>();
        String several = options.get("paths");
        if (several != null) {
            try {
                paths.addAll(Arrays.asList(new ObjectMapper().readValue(several, String[].class)));
            } catch (JsonProcessingException e) {
                throw new NsvqException("option 'paths' should be a JSON array of paths, but is " + several, e);
            }
        }
        if (options.get("path") != null) {
            paths.add(options.get("path"));
        }
        return paths;
    }

    /**
     * Finds the files and reads their headers.
     *
     * @return in the order of the paths, within a directory or glob by name; all of one dimension, or empty
     * @throws NsvqException if a path is missing, holds no such file or cannot be read, if a file is corrupt, or if
     *     dimensions differ between files
     */
    static List<VectorFileLayout> read(VectorFileFormat format, List<String> paths, Configuration configuration) {
        VectorFileListing listing = new VectorFileListing(format, configuration);
        List<Callable<VectorFileLayout>> headers = new ArrayList<>();
        for (String path : paths) {
            listing.addHeaders(path, headers);
        }
        List<VectorFileLayout> layouts = all(headers);
        checkDimensions(layouts);
        return layouts;
    }

    private void addHeaders(String path, List<Callable<VectorFileLayout>> headers) {
        try {
            Path hadoopPath = new Path(path);
            FileSystem fileSystem = hadoopPath.getFileSystem(configuration);
            for (FileStatus file : files(fileSystem, fileSystem.makeQualified(hadoopPath), path)) {
                headers.add(() -> readLayout(fileSystem, file));
            }
        } catch (IOException | IllegalArgumentException e) {
            // IllegalArgumentException is what Hadoop says to a path that is not even a URI.
            throw Reason.failed("cannot read " + path, e);
        }
    }

    private List<FileStatus> files(FileSystem fileSystem, Path path, String given) throws IOException {
        FileStatus[] matches;
        try {
            FileStatus status = fileSystem.getFileStatus(path);
            if (status.isFile()) {
                return List.of(status);
            }
            matches = new FileStatus[] {status};
        } catch (FileNotFoundException e) {
            matches = fileSystem.globStatus(path);
            if (matches == null || matches.length == 0) {
                throw new NsvqException("there is no such file or directory: " + given, e);
            }
        }
        List<FileStatus> files = new ArrayList<>();
        List<FileStatus> others = new ArrayList<>();
        for (FileStatus match : matches) {
            Stream<FileStatus> found =
                    match.isFile() ? Stream.of(match) : Arrays.stream(fileSystem.listStatus(match.getPath()));
            found.forEach(file -> (isVectorFile(file) ? files : others).add(file));
        }
        if (files.isEmpty()) {
            others.forEach(file -> VectorFileFormat.checkName(file.getPath().toString()));
            throw new NsvqException("there is no file that ends in ." + format.shortName() + " in " + given);
        }
        files.sort(null);
        return files;
    }

    private boolean isVectorFile(FileStatus status) {
        String name = status.getPath().getName();
        return status.isFile() && format.matches(name) && !name.startsWith("_") && !name.startsWith(".");
    }

    private VectorFileLayout readLayout(FileSystem fileSystem, FileStatus file) {
        String name = file.getPath().toString();
        try (InputStream in = fileSystem.open(file.getPath())) {
            return VectorFileLayout.parse(name, format, file.getLen(), in.readNBytes(format.headBytes()));
        } catch (IOException e) {
            throw Reason.failed("cannot read " + name, e);
        }
    }

    private static List<VectorFileLayout> all(List<Callable<VectorFileLayout>> headers) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(HEADER_THREADS, headers.size()));
        try {
            List<VectorFileLayout> layouts = new ArrayList<>();
            for (Future<VectorFileLayout> layout : threads.invokeAll(headers)) {
                layouts.add(layout.get());
            }
            return layouts;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsvqException("interrupted while reading the headers of " + headers.size() + " files", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static void checkDimensions(List<VectorFileLayout> layouts) {
        List<VectorFileLayout> filled =
                layouts.stream().filter(layout -> layout.rows() > 0).toList();
        for (VectorFileLayout layout : filled) {
            VectorFileLayout first = filled.get(0);
            if (layout.dimension() != first.dimension()) {
                String both = layout.file() + " has vectors of dimension " + layout.dimension() + ", " + first.file()
                        + " of " + first.dimension();
                throw new NsvqException(both + ": files that are read together should have one dimension");
            }
        }
    }
}
