package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Something saved, to be damaged.
 *
 * @param name for the table
 * @param saved where it is whole; it is not touched
 * @param entry name in it of what is loaded and verified; empty for itself
 * @param load opens it
 * @param answer asks what {@code load} returned
 */
record MutationTarget(
        String name, Path saved, String entry, Function<Path, Object> load, Function<Object, List<?>> answer) {
    private static final float[][] VECTORS = TestVectors.clustered(60, 8, 5, 11);
    private static final float[][] QUERIES = TestVectors.clustered(8, 8, 5, 11);

    /** Returns all targets, made in a directory. */
    static List<MutationTarget> all(Path directory) throws Exception {
        return List.of(index(directory), model(directory, "pq"), model(directory, "vq"), file(directory));
    }

    /** An index with a rotation, a compacted segment, two more, and deleted ids that are near the queries. */
    private static MutationTarget index(Path directory) {
        Path path = directory.resolve("index");
        Dataset<Row> vectors = TestVectors.frame(VECTORS, TestVectors.FLOATS, 1);
        IvfIndexModel model = IndexTestData.untrained(
                path,
                DistanceKind.L2,
                Arrays.copyOf(VECTORS, 3),
                CodeModels.rotated(8, 2, 4).shared(),
                vectors.filter("id < 30"));
        model.add(vectors.filter("id >= 30 and id < 40"));
        model.delete(vectors.filter("id < 4").select("id"));
        model.compact(SparkTestSession.get());
        model.add(vectors.filter("id >= 40 and id < 50"));
        model.delete(vectors.filter("id % 7 = 5").select("id"));
        model.add(vectors.filter("id >= 50"));
        Dataset<Row> queries = TestVectors.frame(QUERIES, TestVectors.FLOATS, 1);
        return new MutationTarget(
                "index",
                path,
                "",
                at -> IvfIndexModel.load(at.toString()).setK(5).setProbes(3),
                loaded -> sorted(((IvfIndexModel) loaded).transform(queries).select("id", "neighbors")));
    }

    private static MutationTarget model(Path directory, String name) throws Exception {
        Path path = directory.resolve(name);
        boolean vq = name.equals("vq");
        QuantizerModel<?, ?> model =
                vq ? new VQModel("vq", TestVectors.matrix(Arrays.copyOf(VECTORS, 16))) : CodeModels.rotated(8, 2, 4);
        model.write().save(path.toString());
        Dataset<Row> vectors = TestVectors.frame(VECTORS, TestVectors.FLOATS, 1);
        Function<Path, Object> load = at -> vq ? VQModel.load(at.toString()) : ProductVQModel.load(at.toString());
        return new MutationTarget(
                name + " model",
                path,
                "",
                load,
                loaded -> ((QuantizerModel<?, ?>) loaded)
                        .transform(vectors).select("id", vq ? "prediction" : "code").collectAsList().stream()
                                .map(row -> row.get(1) instanceof byte[] code ? Arrays.toString(code) : "" + row)
                                .toList());
    }

    private static MutationTarget file(Path directory) throws Exception {
        Path path = Files.createDirectory(directory.resolve("faiss"));
        IvfIndexModel index = IvfIndexModel.load(directory.resolve("index").toString());
        index.write().format("faiss").save(path.resolve("a.faiss").toString());
        return new MutationTarget(
                "FAISS file",
                path,
                "a.faiss",
                FaissFiles::open,
                loaded -> Arrays.stream(QUERIES)
                        .map(query -> ((IvfIndex) loaded).search(query, 5, 3))
                        .map(found -> Arrays.toString(found.ids()) + Arrays.toString(found.distances()))
                        .toList());
    }

    private static List<String> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }
}
