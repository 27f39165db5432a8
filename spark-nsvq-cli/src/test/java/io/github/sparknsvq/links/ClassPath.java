package io.github.sparknsvq.links;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;

/** Classes in jars and in this JDK, read without code and without being loaded. */
final class ClassPath implements Closeable {
    private static final String CLASS = ".class";

    private final List<JarFile> jars = new ArrayList<>();
    private final Map<String, JarFile> jarOf = new HashMap<>();
    private final Map<String, Optional<ClassNode>> read = new HashMap<>();

    /** Opens jars; of classes that are there twice, the first counts. */
    ClassPath(List<Path> files) throws IOException {
        for (Path file : files) {
            JarFile jar = new JarFile(file.toFile());
            jars.add(jar);
            jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(CLASS))
                    .forEach(name -> jarOf.putIfAbsent(name.substring(0, name.length() - CLASS.length()), jar));
        }
    }

    /** Returns a jar and those in a directory. */
    static List<Path> jars(Path first, Path directory) throws IOException {
        List<Path> all = new ArrayList<>(List.of(first));
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
            jars.forEach(all::add);
        }
        return all;
    }

    /** Returns a class by its internal name, as {@code java/lang/Object}, or null. */
    ClassNode get(String name) {
        return read.computeIfAbsent(name, this::read).orElse(null);
    }

    private Optional<ClassNode> read(String name) {
        JarFile jar = jarOf.get(name);
        try (InputStream in = jar == null
                ? ClassLoader.getPlatformClassLoader().getResourceAsStream(name + CLASS)
                : jar.getInputStream(jar.getEntry(name + CLASS))) {
            return in == null ? Optional.empty() : Optional.of(parsed(in, ClassReader.SKIP_CODE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ClassNode parsed(InputStream in, int options) throws IOException {
        ClassNode node = new ClassNode();
        new ClassReader(in).accept(node, options | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        return node;
    }

    @Override
    public void close() throws IOException {
        for (JarFile jar : jars) {
            jar.close();
        }
    }
}
