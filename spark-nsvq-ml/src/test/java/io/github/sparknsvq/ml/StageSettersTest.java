package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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

    private static List<Method> setters(PipelineStage stage, Param<?> param) {
        return Arrays.stream(stage.getClass().getMethods())
                .filter(m -> m.getName().equals("set" + capital(param.name())) && !m.isBridge())
                .toList();
    }

    private static List<?> list(Object array) {
        if (array instanceof double[] doubles) {
            return Arrays.stream(doubles).boxed().toList();
        }
        return array instanceof int[] ints ? Arrays.stream(ints).boxed().toList() : List.of((Object[]) array);
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
            Object value = stage.isDefined(param) ? stage.getOrDefault(param) : "w";
            for (Method setter : setters(stage, param)) {
                stage.clear(param);
                boolean list = setter.getParameterTypes()[0] == List.class;
                assertSame(stage, setter.invoke(stage, list ? list(value) : value), param.name());
                assertTrue(stage.isSet(param), param.name());
                withSetter.add(param.name());
            }
            int setters = setters(stage, param).size();
            assertTrue(setters == 0 || setters == (value.getClass().isArray() ? 2 : 1), param.name());
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
    void listsSetWhatArraysSet() {
        assertArrayEquals(
                new int[] {3, 8}, new ResidualVQ().setLevelBits(List.of(3, 8)).getLevelBits());
        NsvqException e = assertThrows(NsvqException.class, () -> new ResidualVQ().setLevelBits(List.of(17)));
        assertEquals("levelBits = 17: 1 to 16 are valid", e.getMessage());
        assertArrayEquals(
                new String[] {"a", "b"},
                new IvfIndex().setAttributeCols(List.of("a", "b")).getAttributeCols());
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
