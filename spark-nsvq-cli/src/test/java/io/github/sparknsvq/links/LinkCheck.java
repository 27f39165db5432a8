package io.github.sparknsvq.links;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Compares what the classes of spark-nsvq refer to with what is there: classes, methods and fields by name and
 * descriptor, as a JVM links them, and abstract methods that are left without an implementation.
 *
 * @param own the jar of spark-nsvq
 * @param all its classes, those of a Spark and of this JDK
 */
record LinkCheck(JarFile own, ClassPath all) {
    private static final String OWN = "io/github/sparknsvq/";
    /** Their methods take any arguments. */
    private static final Set<String> ANY_DESCRIPTOR =
            Set.of("java/lang/invoke/MethodHandle", "java/lang/invoke/VarHandle");

    /** Returns what is missing, as {@code class that refers -> what it refers to}, sorted. */
    Set<String> missing() throws IOException {
        Set<String> missing = new TreeSet<>();
        List<JarEntry> classes = own.stream()
                .filter(entry ->
                        entry.getName().startsWith(OWN) && entry.getName().endsWith(".class"))
                .sorted(Comparator.comparing(JarEntry::getName))
                .toList();
        for (JarEntry entry : classes) {
            ClassNode node;
            try (var in = own.getInputStream(entry)) {
                node = ClassPath.parsed(in, 0);
            }
            check(node, missing);
        }
        return missing;
    }

    private void check(ClassNode node, Set<String> missing) {
        String prefix = node.name.substring(OWN.length()) + " -> ";
        for (String name : classesOf(node)) {
            if (all.get(name) == null) {
                missing.add(prefix + name);
            }
        }
        for (MethodNode method : node.methods) {
            for (AbstractInsnNode instruction : method.instructions) {
                for (Member member : members(instruction)) {
                    if (!resolves(member)) {
                        missing.add(prefix + member);
                    }
                }
            }
        }
        if ((node.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_INTERFACE)) == 0) {
            unimplemented(node).forEach(method -> missing.add(prefix + "without " + method));
        }
    }

    /** Returns the names of all classes in a class's code, fields and signatures of methods. */
    private static Set<String> classesOf(ClassNode node) {
        Set<String> names = new TreeSet<>();
        Remapper collector = new Remapper(Opcodes.ASM9) {
            @Override
            public String map(String name) {
                names.add(name);
                return name;
            }
        };
        // what javac notes of classes inside others is not linked
        ClassNode linked = new ClassNode();
        node.accept(linked);
        linked.innerClasses.clear();
        linked.accept(new ClassRemapper(Opcodes.ASM9, new ClassNode(), collector) {});
        return names;
    }

    /** A method or field as a class refers to it. */
    private record Member(String owner, String name, String descriptor) {
        boolean isMethod() {
            return descriptor.startsWith("(");
        }

        @Override
        public String toString() {
            return owner + "." + name + (isMethod() ? "" : " ") + descriptor;
        }
    }

    private static List<Member> members(AbstractInsnNode instruction) {
        List<Member> members = new ArrayList<>();
        if (instruction instanceof MethodInsnNode call) {
            members.add(new Member(call.owner, call.name, call.desc));
        } else if (instruction instanceof FieldInsnNode field) {
            members.add(new Member(field.owner, field.name, field.desc));
        } else if (instruction instanceof InvokeDynamicInsnNode dynamic) {
            for (Object argument : dynamic.bsmArgs) {
                if (argument instanceof Handle handle) {
                    members.add(new Member(handle.getOwner(), handle.getName(), handle.getDesc()));
                }
            }
        }
        return members;
    }

    private boolean resolves(Member member) {
        String owner = member.owner();
        if (owner.startsWith("[") || ANY_DESCRIPTOR.contains(owner) || all.get(owner) == null) {
            return true; // of arrays, of any arguments, or said to be missing as a class
        }
        for (ClassNode type : withSupertypes(owner)) {
            boolean found = member.isMethod()
                    ? type.methods.stream().anyMatch(m -> same(member, m.name, m.desc))
                    : type.fields.stream().anyMatch(f -> same(member, f.name, f.desc));
            if (found) {
                return true;
            }
        }
        return false;
    }

    private static boolean same(Member member, String name, String descriptor) {
        return member.name().equals(name) && member.descriptor().equals(descriptor);
    }

    /** Returns a class, those it extends, and then all interfaces, as far as they are there. */
    private Set<ClassNode> withSupertypes(String name) {
        Set<ClassNode> types = new LinkedHashSet<>();
        for (ClassNode type = all.get(name);
                type != null;
                type = type.superName == null ? null : all.get(type.superName)) {
            types.add(type);
        }
        for (ClassNode type : List.copyOf(types)) {
            addInterfaces(type, types);
        }
        if (types.stream().noneMatch(type -> type.name.equals("java/lang/Object"))) {
            types.add(all.get("java/lang/Object"));
        }
        return types;
    }

    private void addInterfaces(ClassNode type, Set<ClassNode> to) {
        for (String name : type.interfaces) {
            ClassNode implemented = all.get(name);
            if (implemented != null && to.add(implemented)) {
                addInterfaces(implemented, to);
            }
        }
    }

    private Set<String> unimplemented(ClassNode node) {
        Set<String> implemented = new HashSet<>();
        Set<String> asked = new TreeSet<>();
        for (ClassNode type : withSupertypes(node.name)) {
            for (MethodNode method : type.methods) {
                boolean isAbstract = (method.access & Opcodes.ACC_ABSTRACT) != 0;
                String signature = method.name + method.desc;
                if (!isAbstract) {
                    implemented.add(signature);
                } else {
                    asked.add(signature);
                }
            }
        }
        asked.removeAll(implemented);
        return asked;
    }
}
