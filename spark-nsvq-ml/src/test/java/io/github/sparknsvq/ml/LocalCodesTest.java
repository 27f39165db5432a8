package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrices that models encode and decode in this JVM, compared with what their transforms give. */
class LocalCodesTest {
    private static final float[][] VECTORS = TestVectors.clustered(9000, 6, 20, 18); // more than two chunks
    private static final byte[] BYTES = TestVectors.matrix(VECTORS).toBytes();

    static List<QuantizerModel<?, ?>> models() {
        List<QuantizerModel<?, ?>> all = new ArrayList<>(CodeModels.all());
        all.add(new VQModel("vq", TestVectors.matrix(TestVectors.clustered(40, 6, 20, 1))));
        VQModel cosine = new VQModel("vq", TestVectors.matrix(TestVectors.clustered(40, 6, 20, 1)));
        cosine.set(cosine.distanceMeasure(), "cosine");
        all.add(cosine);
        all.add(new SpaceFillingVQModel("sfvq", TestVectors.matrix(TestVectors.clustered(16, 6, 8, 1))));
        return all;
    }

    private static ByteBuffer read(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What a transform finds for each vector: the indices of its code, or its position. */
    private static byte[] encoded(QuantizerModel<?, ?> model, List<Row> rows) {
        ByteBuffer all = read(new byte[VECTORS.length * 8 * 8]);
        for (Row row : rows) {
            if (model instanceof SpaceFillingVQModel) {
                all.putDouble(row.getAs("position"));
            } else if (model instanceof VQModel) {
                all.putInt(row.getAs("prediction"));
            } else {
                for (int index : CodeModels.ints(row, "codes")) {
                    all.putInt(index);
                }
            }
        }
        return Arrays.copyOf(all.array(), all.position());
    }

    @ParameterizedTest
    @MethodSource("models")
    void matricesGetTheCodesOfTransforms(QuantizerModel<?, ?> model) {
        model.setReconstructionCol("near");
        if (model instanceof CodeModel<?> several) {
            several.setCodesCol("codes");
        }
        List<Row> rows = model.transform(TestVectors.frame(VECTORS, TestVectors.FLOATS, 1))
                .orderBy("id")
                .collectAsList();
        byte[] codes = model.encodeLocal(BYTES);
        assertArrayEquals(encoded(model, rows), codes);
        FloatMatrix decoded = FloatMatrix.fromBytes(VECTORS.length, 6, model.decodeLocal(codes));
        for (int i = 0; i < VECTORS.length; i++) {
            assertArrayEquals(CodeModels.floats(rows.get(i), "near"), decoded.row(i), 1e-5f);
        }
        if (model instanceof SpaceFillingVQModel) {
            NsvqException e = assertThrows(NsvqException.class, () -> model.encodePacked(BYTES));
            assertEquals("a line has positions, and no packed codes: encode without packing", e.getMessage());
            return;
        }
        byte[] packed = model.encodePacked(BYTES);
        assertEquals(VECTORS.length * model.codeSize(), packed.length);
        assertArrayEquals(model.decodeLocal(codes), model.decodePacked(packed));
        if (model instanceof CodeModel) {
            byte[] last = rows.get(VECTORS.length - 1).getAs("code");
            ByteBuffer tail = ByteBuffer.wrap(packed, packed.length - last.length, last.length);
            assertEquals(ByteBuffer.wrap(last), tail);
        }
        assertEquals(0, model.encodeLocal(new byte[0]).length);
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = read(new byte[4 * values.length]);
        bytes.asIntBuffer().put(values);
        return bytes.array();
    }

    private static byte[] position(double value) {
        return read(new byte[8]).putDouble(0, value).array();
    }

    private static byte[] row(float value) {
        return new FloatMatrix(2, 6, new float[] {1, 1, 1, 1, 1, 1, 1, 1, value, 1, 1, 1}).toBytes();
    }

    static Stream<Arguments> wrong() {
        VQModel vq = new VQModel("vq", TestVectors.matrix(TestVectors.clustered(3, 6, 3, 1)));
        VQModel cosine = new VQModel("vq", vq.codebook());
        cosine.set(cosine.distanceMeasure(), "cosine");
        ResidualVQModel ending = CodeModels.residual(6, 8, 8);
        ending.set(ending.errorThreshold(), 0.5);
        FloatMatrix corners = TestVectors.matrix(new float[][] {{0, 0}, {3, 4}});
        SpaceFillingVQModel line = new SpaceFillingVQModel("sfvq", corners);
        UnaryOperator<byte[]> encode = vq::encodeLocal;
        UnaryOperator<byte[]> decode = vq::decodeLocal;
        UnaryOperator<byte[]> pq = CodeModels.product(6, 3, 4)::decodePacked;
        return Stream.of(
                Arguments.of(
                        encode, new byte[25], "25 bytes are no rows of 6 float32 values, which take 24 bytes each"),
                Arguments.of(encode, row(Float.NaN), "row 1 has NaN at element 2"),
                Arguments.of(encode, row(Float.POSITIVE_INFINITY), "row 1 has an infinite value at element 2"),
                Arguments.of(
                        (UnaryOperator<byte[]>) cosine::encodePacked,
                        new byte[24],
                        "row 0 is all zeros, which cosine distance has no direction for"),
                Arguments.of(decode, new byte[6], "6 bytes are no codes of 1 int32 indices, which take 4 bytes each"),
                Arguments.of(decode, ints(0, 3), "index 3"),
                Arguments.of(decode, ints(-1), "index -1"),
                Arguments.of(pq, new byte[3], "3 bytes are no codes of 2 bytes, which take 2 bytes each"),
                Arguments.of(
                        (UnaryOperator<byte[]>) ending::encodeLocal,
                        new byte[24],
                        "with errorThreshold = 0.5 codes end at different levels"),
                Arguments.of(
                        (UnaryOperator<byte[]>) line::decodeLocal,
                        position(5.5),
                        "position 0 is 5.5, where the line is from 0 to 5.0"),
                Arguments.of((UnaryOperator<byte[]>) new VQModel()::encodeLocal, new byte[0], "has no codebooks"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongBytesAreRefused(UnaryOperator<byte[]> call, byte[] bytes, String said) {
        NsvqException e = assertThrows(NsvqException.class, () -> call.apply(bytes));
        assertEquals(said, e.getMessage().contains(said) ? said : e.getMessage());
    }

    @Test
    void codesThatDoNotFitAnArrayAreRefused() {
        // 2^20 codes of one byte stand for rows of 4096 bytes each
        VQModel wide = new VQModel("vq", new FloatMatrix(2, 1024, new float[2048]));
        NsvqException e = assertThrows(NsvqException.class, () -> wide.decodePacked(new byte[1 << 20]));
        assertEquals("1048576 times 4096 bytes do not fit one array: give fewer rows at a time", e.getMessage());
    }
}
