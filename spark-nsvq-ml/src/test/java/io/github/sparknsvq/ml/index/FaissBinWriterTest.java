package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.faiss.FaissListPieces;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.Iterators;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.Test;

/** What an export holds of lists that are more than a task should hold: a row of one. */
class FaissBinWriterTest {
    private static final int ROWS = 40;
    private static final int OF_ROW = 3000;
    private static final int CODE_SIZE = 8;

    private final IvfQuantizer quantizer =
            new IvfQuantizer(Metric.L2, List.of(), new FloatMatrix(1, 2, new float[2]), null, false);
    private final ByteArrayOutputStream codes = new ByteArrayOutputStream();
    private final ByteArrayOutputStream labels = new ByteArrayOutputStream();
    private final ByteArrayOutputStream ids = new ByteArrayOutputStream();

    /** Rows of list 0, which tell of each when it is asked for. */
    private static Iterator<LoadedList> rows(IntConsumer asked) {
        int[] next = {0};
        return Iterators.untilNull(() -> {
            asked.accept(next[0]);
            long first = 100_000L + (long) next[0] * OF_ROW;
            return next[0]++ == ROWS
                    ? null
                    : new LoadedList(
                            0,
                            LongStream.range(first, first + OF_ROW).toArray(),
                            null,
                            new byte[OF_ROW * CODE_SIZE],
                            null);
        });
    }

    private static long[] numbers(ByteArrayOutputStream out) {
        long[] numbers = new long[out.size() / Long.BYTES];
        ByteBuffer.wrap(out.toByteArray())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(numbers);
        return numbers;
    }

    @Test
    void aRowIsWrittenBeforeTheNextIsRead() throws IOException {
        FaissListPieces pieces = new FaissListPieces(quantizer, false, codes, labels);
        Iterator<LoadedList> own = rows(row -> assertEquals(row * OF_ROW * CODE_SIZE, codes.size()));
        FaissBinWriter.add(own, Collections.emptyIterator(), pieces, ids, FaissBinWriter.NO_PLACES);
        assertEquals(ROWS * OF_ROW, pieces.end());
        assertArrayEquals(LongStream.range(100_000, 100_000 + ROWS * OF_ROW).toArray(), numbers(labels));
        assertEquals(0, ids.size());
    }

    @Test
    void vectorsOfAListForTheSecondTimeFollowTheOthers() throws IOException {
        FaissListPieces pieces = new FaissListPieces(quantizer, false, codes, labels);
        FaissBinWriter.add(rows(row -> {}), rows(row -> {}), pieces, ids, 7);
        assertEquals(2 * ROWS * OF_ROW, pieces.end());
        long[] given = LongStream.range(100_000, 100_000 + ROWS * OF_ROW).toArray();
        assertArrayEquals(given, numbers(ids));
        assertArrayEquals(
                LongStream.concat(LongStream.range(7, 7 + ROWS * OF_ROW), LongStream.of(given))
                        .toArray(),
                numbers(labels));
    }

    @Test
    void placesAreMadeRowByRow() {
        int[] read = {0};
        Iterator<InternalRow> places = FaissIndexExport.places(0, new long[] {50}, rows(row -> read[0] = row));
        for (int i = 0; i < ROWS * OF_ROW; i++) {
            InternalRow place = places.next();
            assertEquals(100_000 + i, place.getLong(0));
            assertEquals(50 + i, place.getLong(1));
            assertTrue(read[0] <= i / OF_ROW, read[0] + " rows at vector " + i);
        }
        assertEquals(false, places.hasNext());
    }
}
