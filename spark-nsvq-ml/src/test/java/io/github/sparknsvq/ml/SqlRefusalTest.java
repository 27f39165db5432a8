package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the functions of models refuse: in Spark's words where it has them, else in one sentence. */
class SqlRefusalTest {
    private static final float[][] VECTORS = TestVectors.clustered(60, 6, 20, 17);

    @TempDir
    private static Path directory;

    private final SparkSession spark = SparkTestSession.get();

    @BeforeAll
    static void save() throws IOException {
        SparkTestSession.get();
        new VQModel("vq", TestVectors.matrix(Arrays.copyOf(VECTORS, 9))).write().save(path("vq"));
        CodeModels.product(6, 3, 4).write().save(path("pq"));
        new SpaceFillingVQModel("line", TestVectors.matrix(Arrays.copyOf(VECTORS, 9)))
                .write()
                .save(path("line"));
        CodeModels.residual(6, 8, 4).setErrorThreshold(1).setCodeCol("").write().save(path("rq"));
        IndexTestData.flat(directory.resolve("index"), TestVectors.frame(IndexTestData.VECTORS));
        Files.createDirectory(directory.resolve("empty"));
    }

    private static String path(String name) {
        return directory.resolve(name).toString();
    }

    private static String paths(String text) {
        return text.replace("@", directory + "/");
    }

    @BeforeEach
    void registerVectors() {
        TestVectors.frame(VECTORS).createOrReplaceTempView("vectors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nsvq_encode(features)|WRONG_NUM_ARGS",
                "nsvq_encode(features, '@vq', 'index', 1)|WRONG_NUM_ARGS",
                "nsvq_decode()|WRONG_NUM_ARGS",
                "nsvq_distance(features, 1)|WRONG_NUM_ARGS",
                "nsvq_encode(features, id)|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_encode(features, string(id))|DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                "nsvq_encode(features, NULL)|DATATYPE_MISMATCH.UNEXPECTED_NULL",
                "nsvq_encode(features, CAST(NULL AS string))|DATATYPE_MISMATCH.UNEXPECTED_NULL",
                "nsvq_encode(features, '@vq', 1)|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_encode(id, '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_encode(array('a'), '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_decode('a', '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_decode(X'00', '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_decode(1, '@pq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_decode(1, '@line')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_decode(X'00', '@rq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_distance(1, 1, '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_distance(features, 'a', '@vq')|DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "nsvq_encode(features, '@none')|PATH_NOT_FOUND",
                "nsvq_encode(features, path => '@vq')|UNRECOGNIZED_PARAMETER_NAME",
            })
    void refusesInSparksWords(String call, String condition) {
        AnalysisException e =
                assertThrows(AnalysisException.class, () -> spark.sql("SELECT " + paths(call) + " FROM vectors"));
        assertTrue(e.getCondition().startsWith(condition), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nsvq_encode(features, '')|the path of a saved model or index is empty",
                "nsvq_encode(features, '@empty')|@empty is not a saved model: it has no metadata",
                "nsvq_encode(features, '@index')|@index holds an IvfIndexModel: a VQModel, ProductVQModel,"
                        + " ResidualVQModel, AdditiveVQModel or SpaceFillingVQModel is needed",
                "nsvq_encode(features, '@vq', 'code')|nsvq_encode: there is no result 'code', the model finds index,"
                        + " distance, reconstruction",
                "nsvq_encode(features, '@rq', 'code')|nsvq_encode: there is no result 'code', the model finds codes,"
                        + " errors, distance, reconstruction",
            })
    void refusesInOneSentence(String call, String sentence) {
        String query = "SELECT " + paths(call) + " FROM vectors";
        NsvqException e = assertThrows(NsvqException.class, () -> spark.sql(query));
        assertEquals(paths(sentence), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nsvq_encode(slice(features, 1, 5), '@vq')|column 'slice(vectors.features, 1, 5)' holds a vector that"
                        + " has 5 values, the codebook 6",
                "nsvq_encode(transform(features, x -> float('NaN')), '@pq')|holds a vector that has NaN at element 0",
                "nsvq_distance(slice(features, 1, 5), 1, '@vq')|holds a vector that has 5 values, the codebook 6",
                "nsvq_decode(int(id), '@vq')|codeword",
                "nsvq_distance(features, int(id), '@vq')|codeword",
                "nsvq_decode(binary('abc'), '@pq')|column 'CAST('abc' AS BINARY)' holds a code that"
                        + " has 3 bytes, where the model's codes have 2",
                "nsvq_decode(array(1, NULL, id), '@pq')|holds a code that has a null at index 1",
                "nsvq_decode(double(id) + 1e9, '@line')|where the line is from 0 to",
            })
    void rowsAreRefusedInOneSentence(String call, String sentence) {
        Exception e = assertThrows(
                Exception.class,
                () -> spark.sql("SELECT " + paths(call) + " FROM vectors").collectAsList());
        assertTrue(Reason.of(e).contains(sentence), Reason.of(e));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsvq_encode", "nsvq_decode", "nsvq_distance"})
    void describesItself(String function) {
        String text = spark.sql("DESCRIBE FUNCTION EXTENDED " + function)
                .collectAsList()
                .toString();
        for (String part : new String[] {"Usage: " + function + "(", "Examples:", "SELECT id", "Since: 0.2.0"}) {
            assertTrue(text.contains(part), text);
        }
    }

    @Test
    void sparkMakesNoPermanentViewsOfThem() {
        AnalysisException e = assertThrows(
                AnalysisException.class,
                () -> spark.sql("CREATE OR REPLACE VIEW stored AS SELECT nsvq_decode(1, '" + path("vq") + "')"));
        assertTrue(e.getCondition().startsWith("INVALID_TEMP_OBJ_REFERENCE"), e.getMessage());
    }
}
