package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Accessors, getters and setters of params, as Python and other callers by reflection find them. */
class StageSettersTest {
    static List<PipelineStage> stages() {
        return List.of(
                new VQ(),
                new ProductVQ(),
                new ResidualVQ(),
                new AdditiveVQ(),
                new SpaceFillingVQ(),
                new IvfIndex(),
                new VQModel(),
                new ProductVQModel(),
                new ResidualVQModel(),
                new AdditiveVQModel(),
                new SpaceFillingVQModel(),
                new IvfIndexModel());
    }

    private static Method method(PipelineStage stage, String name) {
        return Arrays.stream(stage.getClass().getMethods())
                .filter(m -> m.getName().equals(name) && !m.isBridge())
                .findFirst()
                .orElse(null);
    }

    private static String capital(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    @ParameterizedTest
    @MethodSource("stages")
    void everyParamHasAnAccessorOfItsNameAndAGetter(PipelineStage stage) throws Exception {
        assertTrue(stage.params().length > 16);
        for (Param<?> param : stage.params()) {
            assertEquals(stage.uid(), param.parent());
            assertSame(param, method(stage, param.name()).invoke(stage), param.name());
            if (stage.isDefined(param)) {
                Object value = method(stage, "get" + capital(param.name())).invoke(stage);
                Object expected = stage.getOrDefault(param);
                assertTrue(expected.equals(value) || expected.getClass().isArray(), param.name());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("stages")
    void settersSetTheirParamAndReturnTheStage(PipelineStage stage) throws Exception {
        Set<String> withSetter = new TreeSet<>();
        for (Param<?> param : stage.params()) {
            Method setter = method(stage, "set" + capital(param.name()));
            if (setter != null) {
                Object value = stage.isDefined(param) ? stage.getOrDefault(param) : "w";
                assertSame(stage, setter.invoke(stage, value), param.name());
                assertTrue(stage.isSet(param), param.name());
                withSetter.add(param.name());
            }
        }
        if (stage instanceof Estimator) {
            Set<String> all = Arrays.stream(stage.params()).map(Param::name).collect(Collectors.toSet());
            assertEquals(all, withSetter);
        } else {
            assertTrue(withSetter.containsAll(Set.of("featuresCol", "device", "handleInvalid")));
            for (String ofTheTraining :
                    List.of("maxIter", "seed", "updater", "checkpointDir", "numCodebooks", "metric")) {
                assertTrue(!withSetter.contains(ofTheTraining), ofTheTraining);
            }
        }
    }

    @Test
    void aModelWithoutAnIndexSaysSo() {
        IvfIndexModel none = new IvfIndexModel();
        for (Runnable use : List.<Runnable>of(
                none::lists,
                none::dimension,
                none::shared,
                none::ivfQuantizer,
                () -> none.transformSchema(new StructType().add("features", "array<float>")))) {
            NsvqException e = assertThrows(NsvqException.class, use::run);
            assertEquals(
                    "model " + none.uid()
                            + " has no index: make one with IvfIndex, or open one with IvfIndexModel.load",
                    e.getMessage());
        }
        assertTrue(none.toString().endsWith("none"));
        assertEquals(0, none.estimatedSize());
    }

    @Test
    void aModelWithoutCodebooksSaysSo() {
        StructType vectors = new StructType().add("features", "array<float>");
        Dataset<Row> data = TestVectors.frame(new float[2][4]);
        for (QuantizerModel<?, ?> none : List.of(
                new VQModel(),
                new ProductVQModel(),
                new ResidualVQModel(),
                new AdditiveVQModel(),
                new SpaceFillingVQModel())) {
            for (Runnable use : List.<Runnable>of(
                    none::dimension, none::codeSize, none::quantizer, none::shared, () -> none.transform(data))) {
                NsvqException e = assertThrows(NsvqException.class, use::run);
                String said = "model " + none.uid() + " has no codebooks: fit an estimator, or load a model";
                assertEquals(said, e.getMessage());
            }
            assertEquals(none.uid(), none.copy(ParamMap.empty()).uid());
            assertTrue(none.transformSchema(vectors).size() > 1);
            assertTrue(none.toString().contains(none.uid()));
            assertEquals(0, none.estimatedSize());
        }
    }
}
