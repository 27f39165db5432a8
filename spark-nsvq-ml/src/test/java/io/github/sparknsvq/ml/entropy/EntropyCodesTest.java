package io.github.sparknsvq.ml.entropy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.entropy.BlockCoder;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.VQModel;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntropyCodesTest {
    private static final StructType ID = new StructType().add("id", DataTypes.LongType);

    private final SparkSession spark = SparkTestSession.get();

    /** Four codewords. */
    private final VQModel model = new VQModel("vq", new FloatMatrix(4, 1, new float[] {0, 1, 2, 3}));

    @TempDir
    Path directory;

    /** More rows than a block has, in several partitions, one of them empty. */
    @Test
    void blocksOfManyRows() {
        int rows = EntropyCodes.ROWS_PER_BLOCK + 3000;
        Dataset<Row> codes = spark.range(0, rows, 1, 1)
                .selectExpr("id", "cast(if(id % 10 < 7, 0, id % 4) as int) as prediction")
                .union(spark.range(0).selectExpr("id", "0"))
                .union(spark.range(0, 10, 1, 1).selectExpr("-1 - id", "3"));
        String path = directory.resolve("codes").toString();
        EntropyCodes.Size size = EntropyCodes.write(codes, model, path);
        assertEquals(rows + 10, size.rows());
        assertEquals(3, size.blocks());
        assertTrue(size.codedBits() > 1 && size.codedBits() < 2, "bits " + size.codedBits());
        EntropyCodes written = EntropyCodes.open(path, spark);
        assertEquals(size, written.size());
        assertEquals("prediction", written.codeCol());
        assertArrayEquals(new int[] {4}, written.codewords());
        assertEquals(codes.collectAsList(), written.codes().collectAsList());
        assertEquals(3, model.decode(written.codes()).columns().length);
        written.verify();
    }

    /** Ids that follow each other take little room beside their codes. */
    @Test
    void idsAreSmall() {
        Dataset<Row> codes = spark.range(0, 20_000, 1, 1).selectExpr("id", "cast(id % 4 as int) as prediction");
        EntropyCodes.Size size =
                EntropyCodes.write(codes, model, directory.resolve("codes").toString());
        assertTrue(8.0 * size.otherBytes() / size.rows() < 4, "bytes " + size.otherBytes());
    }

    @Test
    void refusesWhatAreNoCodesOfTheModel() {
        String path = directory.resolve("codes").toString();
        Dataset<Row> ids = spark.range(3).toDF();
        assertSays(
                "there is no column 'prediction' of codes: there are id", () -> EntropyCodes.write(ids, model, path));
        Dataset<Row> texts = ids.selectExpr("'x' as prediction");
        assertSays(
                "column 'prediction' is string, where codes of this model are int",
                () -> EntropyCodes.write(texts, model, path));
        assertSays("exists already", () -> EntropyCodes.write(ids, model, directory.toString()));
        assertSays("holds no entropy-coded codes", () -> EntropyCodes.open(path, spark));
    }

    @Test
    void damagedTablesAreNamed() {
        assertSays(
                "codes/tables is damaged: the frequencies add up to 3, not 2^2",
                () -> EntropyCodes.table("codes", 2, new int[] {1, 2}));
    }

    private static void assertSays(String part, org.junit.jupiter.api.function.Executable executable) {
        String message = assertThrows(NsvqException.class, executable).getMessage();
        assertTrue(message.contains(part), message);
    }

    /** Codes that are null, of another length, or out of range. */
    @ParameterizedTest
    @CsvSource({
        "INDEX, 4, has index 4 of codebook 0",
        "INDEX, -1, has index -1 of codebook 0",
        "INDEX, , is null",
        "INDICES, 0, has 3 indices",
        "PACKED, 0, has 3 bytes",
    })
    void refusesCodes(CodeColumn.Form form, Integer code, String problem) {
        CodeColumn column = new CodeColumn("c", form, new int[] {4});
        Object value = switch (form) {
            case INDEX -> code;
            case INDICES -> new GenericArrayData(new int[3]);
            case PACKED -> new byte[3];
        };
        InternalRow row = new GenericInternalRow(new Object[] {value});
        assertSays("column 'c' holds a code that " + problem, () -> column.read(row, new int[1], 0));
    }

    /** Blocks that a file may hold though it is read without an error: none gives wrong rows, or no end. */
    @ParameterizedTest
    @CsvSource({
        "2, 2, 0, true",
        "1, 2, 0, false",
        "2, 1, 0, false",
        "2, 3, 0, false",
        "-1, 2, 0, false",
        "2147483647, 2, 0, false",
        "2, 2, 1, false",
        "2, 2, 64, false",
        ", 2, 0, false",
        "2, , 0, false",
    })
    void damagedBlocks(Integer count, Integer ids, int flipped, boolean whole) {
        CodeColumn column = new CodeColumn("c", CodeColumn.Form.INDEX, new int[] {4});
        BlockCoder coder = BlockCoder.of(CodeUsage.of(new double[] {5, 1, 1, 1}, 0));
        byte[] coded = coder.encode(new int[] {3, 0}, new int[] {1, 1}, 2);
        coded[6] ^= (byte) flipped;
        Object[] structs = ids == null ? null : new Object[ids];
        for (int i = 0; ids != null && i < ids; i++) {
            structs[i] = new GenericInternalRow(new Object[] {10L + i});
        }
        Object[] block = {
            UTF8String.fromString("f.parquet"), count, coded, ids == null ? null : new GenericArrayData(structs)
        };
        Iterator<InternalRow> rows = new BlockReader(column, coder, ID)
                .rows(List.<InternalRow>of(new GenericInternalRow(block)).iterator());
        if (whole) {
            InternalRow first = rows.next();
            assertEquals(10, first.getLong(0));
            assertEquals(3, first.getInt(1));
            assertEquals(0, rows.next().getInt(1));
            assertTrue(!rows.hasNext());
        } else {
            CorruptFileException e = assertThrows(CorruptFileException.class, rows::next);
            assertTrue(e.getMessage().startsWith("f.parquet is corrupt"), e.getMessage());
        }
    }
}
