package io.github.sparknsvq.core.faiss;

import static io.github.sparknsvq.core.faiss.PeerFiles.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Inverted-file indexes of faiss, whose lists are chosen by their metric or another, answer here as there: as they
 * are, after vectors were added here, and in faiss again after they were written anew. Skipped where there is no
 * faiss.
 */
class FaissAnswersTest extends FaissPeer {
    private static final int D = 16;

    private float[] queries;

    @TestFactory
    Stream<DynamicTest> filesOfFaissAnswerAlike() throws IOException, InterruptedException {
        List<String> names = new ArrayList<>(PeerFiles.made(directory, "answers.py", "answering.py"));
        assertEquals(72, names.size());
        names.removeIf(name -> name.startsWith("RQ1") && name.endsWith("L2"));
        assertEquals(70, names.size());
        queries = floats(directory.resolve("queries.f32"));
        for (String name : names) {
            try (MappedIndex index = map(name)) {
                Path again = directory.resolve(name + ".again.faiss");
                FaissFiles.write(again, index.quantizer(), index.lists(), index.probes());
            }
        }
        Python.run("answer_again.py", directory, "answering.py");
        return DynamicTest.stream(names.stream(), Function.identity(), this::compare);
    }

    private MappedIndex map(String name) {
        return FaissFiles.map(directory.resolve(name + ".faiss"));
    }

    private void compare(String name) throws IOException {
        try (MappedIndex mapped = map(name)) {
            IvfIndex index = new IvfIndex(mapped.quantizer(), mapped.lists(), mapped.probes());
            if (faissAddsOtherDistances(name)) {
                compareDecoded(index);
            } else {
                Answers answers = Answers.read(directory, name);
                compare(name, answers, index);
                if (Files.exists(directory.resolve(name + ".added.ids"))) {
                    compare(name, Answers.read(directory, name + ".added"), added(mapped));
                }
                if (!faissAddsOtherDistances(name.replace("RQ0", "RQ3"))) { // as which it is written
                    answers.assertLike(Answers.read(directory, name + ".again"), name, 1e-5);
                }
            }
        }
    }

    /**
     * For codes of residuals, faiss 1.15.1 adds the distance of the centroid by the coarse quantizer's metric to a
     * distance by the index's metric, which no answer should be compared with.
     */
    private static boolean faissAddsOtherDistances(String name) {
        boolean mixed = name.endsWith("IP-byL2") || name.endsWith("L2-byIP");
        boolean decoded = name.startsWith("RQ0") && name.endsWith("L2-byIP");
        boolean sums = name.startsWith("RQ") && !decoded;
        return mixed && name.contains("residual") && (sums || name.equals("PQfs-residual-IP-byL2"));
    }

    private void compare(String name, Answers answers, IvfIndex index) {
        // fast scan rounds a query's tables to 8 bits; norms of few bits are exact for what is added here
        boolean rough = name.startsWith("PQfs");
        boolean coarseNorms = (name.startsWith("RQ4") || name.startsWith("RQ5")) && name.contains("L2");
        if (coarseNorms && answers.name().endsWith("added")) {
            return;
        }
        answers.assertLike(Answers.of(index, queries, index.probes()), name, rough ? 0.1 : 2e-5);
    }

    /** Compares with what the codes in the lists nearest by the coarse quantizer's metric are decoded to. */
    private void compareDecoded(IvfIndex index) {
        IvfQuantizer quantizer = index.quantizer();
        for (int q = 0; q < queries.length / D; q++) {
            float[] query = Arrays.copyOfRange(queries, q * D, (q + 1) * D);
            double[] coarse = new double[quantizer.lists()];
            Arrays.setAll(
                    coarse,
                    list -> distance(
                            quantizer.choice().queries(),
                            query,
                            quantizer.centroids().row(list)));
            double last = Arrays.stream(coarse).sorted().toArray()[index.probes() - 1];
            List<Double> all = new ArrayList<>();
            for (int list = 0; list < coarse.length; list++) {
                for (int i = 0; i < index.lists().size(list) && coarse[list] <= last; i++) {
                    all.add(distance(quantizer.metric(), query, index.reconstruct(list, i)));
                }
            }
            float[] found =
                    index.search(query, SearchOptions.nearest(Answers.K)).distances();
            double[] expected = all.stream()
                    .mapToDouble(each -> each)
                    .sorted()
                    .limit(Answers.K)
                    .toArray();
            for (int i = 0; i < Answers.K; i++) {
                assertEquals(expected[i], found[i], 1e-4);
            }
        }
    }

    private static double distance(Metric metric, float[] query, float[] row) {
        double sum = 0;
        for (int j = 0; j < D; j++) {
            double apart = (double) query[j] - row[j];
            sum += metric == Metric.L2 ? apart * apart : -(double) query[j] * row[j];
        }
        return sum;
    }

    /** The index with rows added that faiss adds, too. */
    private IvfIndex added(MappedIndex mapped) throws IOException {
        IvfQuantizer quantizer = mapped.quantizer();
        float[] rows = floats(directory.resolve("more.f32"));
        int count = rows.length / D;
        float[] transformed = new float[count * quantizer.innerDimension()];
        quantizer.transform(rows, 0, count, transformed, 0);
        int[] lists = new int[count];
        quantizer.assign(transformed, 0, count, lists);
        byte[] codes = new byte[count * quantizer.codeSize()];
        quantizer.encode(transformed, 0, count, lists, codes, 0);
        InvertedLists before = mapped.lists();
        byte[][] all = new byte[before.lists()][];
        long[][] ids = new long[before.lists()][];
        for (int list = 0; list < ids.length; list++) {
            int size = before.size(list);
            int size2 = size;
            byte[] packed =
                    Arrays.copyOf(IvfExample.packed(quantizer, before, list), (size + count) * quantizer.codeSize());
            long[] listIds = new long[size + count];
            before.ids(list, 0, size, listIds);
            for (int i = 0; i < count; i++) {
                if (lists[i] == list) {
                    int bytes = quantizer.codeSize();
                    System.arraycopy(codes, i * bytes, packed, size2 * bytes, bytes);
                    listIds[size2++] = mapped.count() + i;
                }
            }
            ids[list] = Arrays.copyOf(listIds, size2);
            all[list] = new byte[(int) before.format().bytes(size2)];
            before.format().pack(packed, 0, size2, all[list], 0);
        }
        return new IvfIndex(quantizer, new HeapLists(before.format(), all, ids), mapped.probes());
    }

    /** Distances without norms, which are no distances from what codes stand for, are not measured here. */
    @Test
    void distancesWithoutNormsAreRefused() throws IOException, InterruptedException {
        PeerFiles.made(directory, "answers.py", "answering.py");
        for (String name : List.of("RQ1-L2-byL2", "RQ1-residual-L2-byL2")) {
            NsvqException refused = assertThrows(NsvqException.class, () -> map(name));
            assertEquals(
                    directory.resolve(name + ".faiss") + " holds an index of search type ST_LUT_nonorm (_Nnone) and"
                            + " metric L2, whose distances lack the norms of codes, which is not"
                            + " supported; supported is any search type with norms, or ST_decompress",
                    refused.getMessage());
            assertEquals(
                    900, FaissFiles.outline(directory.resolve(name + ".faiss")).count());
        }
    }
}
