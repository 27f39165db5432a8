package io.github.sparknsvq.packages;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.filtering;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Which package may import which, read from the bytecode of all four modules. {@code packages.txt} lists every
 * package with those it imports; a new import must be added there, and one that is gone taken out.
 */
class PackagesTest {
    private static final String ROOT = "io.github.sparknsvq.";
    private static final int MOST_CLASSES = 40;

    private static final String TABLES = "org.apache.spark.sql.connector.catalog.CatalogV2Util";

    /** Spark's classes for rows and what is in them. */
    private static final Set<String> ROWS = Stream.of(
                    "InternalRow",
                    "expressions.GenericInternalRow",
                    "expressions.JoinedRow",
                    "expressions.MutableAny",
                    "expressions.MutableLong",
                    "expressions.MutableValue",
                    "expressions.SpecializedGetters",
                    "expressions.SpecificInternalRow",
                    "expressions.UnsafeArrayData",
                    "expressions.UnsafeRow",
                    "util.ArrayData",
                    "util.GenericArrayData")
            .map("org.apache.spark.sql.catalyst."::concat)
            .collect(Collectors.toSet());

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        Path root = Path.of(System.getProperty("nsvq.basedir"));
        classes = new ClassFileImporter()
                .importPaths(Arrays.stream(new String[] {"core", "gpu", "ml", "cli"})
                        .map(module -> root.resolve("spark-nsvq-" + module + "/target/classes"))
                        .toList());
    }

    private static boolean isOfSparkNsvq(JavaClass type) {
        return type.getPackageName().startsWith(ROOT);
    }

    private static String name(JavaClass type) {
        return type.getPackageName().substring(ROOT.length());
    }

    @Test
    void everyPackageImportsWhatTheListSays() throws IOException {
        Map<String, Set<String>> imports = new TreeMap<>();
        for (JavaClass type : classes) {
            Set<String> of = imports.computeIfAbsent(name(type), name -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(PackagesTest::isOfSparkNsvq)
                    .map(PackagesTest::name)
                    .filter(other -> !other.equals(name(type)))
                    .forEach(of::add);
        }
        Set<String> found = imports.entrySet().stream()
                .map(each -> (each.getKey() + " -> " + String.join(" ", each.getValue())).strip())
                .collect(Collectors.toCollection(TreeSet::new));
        found.forEach(System.out::println);
        Set<String> listed;
        try (InputStream list = PackagesTest.class.getResourceAsStream("packages.txt")) {
            listed = new TreeSet<>(new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
        String differing = Stream.concat(onlyIn(listed, found, "- "), onlyIn(found, listed, "+ "))
                .sorted(Comparator.comparing(line -> line.substring(2)))
                .collect(Collectors.joining("\n"));
        assertEquals("", differing, "lines of packages.txt that are not so (-) and that are missing (+)");
    }

    private static Stream<String> onlyIn(Set<String> some, Set<String> others, String sign) {
        return some.stream().filter(line -> !others.contains(line)).map(line -> sign + line);
    }

    @Test
    void noCyclesBetweenPackages() {
        slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return isOfSparkNsvq(type) ? SliceIdentifier.of(name(type)) : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void packagesStaySmall() {
        Map<String, Long> sizes = classes.stream()
                .collect(groupingBy(
                        JavaClass::getPackageName,
                        TreeMap::new,
                        filtering(
                                type -> type.isTopLevelClass()
                                        && !type.getSimpleName().equals("package-info"),
                                counting())));
        sizes.values().removeIf(size -> size <= MOST_CLASSES);
        assertEquals(Map.of(), sizes);
    }

    @Test
    void onlyTheVectorKernelsUseTheVectorApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..core.kernel.vector..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator..")
                .check(classes);
    }

    /** Of Spark's internals other packages may use rows as Spark holds them, which data sources need, too. */
    @Test
    void fewPackagesUseMoreOfSparksInternalsThanRows() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..ml.spark..", "..ml.encoding..", "..ml.sql..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "org.apache.spark.deploy..",
                                "org.apache.spark.sql.catalyst..",
                                "org.apache.spark.sql.execution..",
                                "org.apache.spark.sql.classic..")
                        .or(describe("CatalogV2Util", type -> type.getName().equals(TABLES)))
                        .and(describe(
                                "no rows",
                                type -> !ROWS.contains(
                                        type.getBaseComponentType().getName()))))
                .check(classes);
    }

    @Test
    void nothingImportsWhatIsBuiltOnIt() {
        noClasses()
                .that()
                .resideInAPackage("io.github.sparknsvq.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.github.sparknsvq.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.github.sparknsvq.cli..", "picocli..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.github.sparknsvq.gpu..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.github.sparknsvq.gpu..")
                .check(classes);
    }
}
