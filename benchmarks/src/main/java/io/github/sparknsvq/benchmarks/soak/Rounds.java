package io.github.sparknsvq.benchmarks.soak;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex.Neighbors;
import io.github.sparknsvq.ml.AdditiveVQ;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.ResidualVQ;
import io.github.sparknsvq.ml.SpaceFillingVQ;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The steps of a round, in an order of their own.
 *
 * @param spark the session
 * @param place folder that outputs go to
 * @param seed of the round
 * @param rows in the index as it is built
 */
record Rounds(SparkSession spark, Path place, long seed, int rows) {
    private static final int NEIGHBORS = 10;
    private static final int PROBES = 8;
    private static final int CANDIDATES = 50;

    /** Share of neighbors that Spark and the exported file must have in common; floats are summed differently. */
    private static final double ALIKE = .98;

    /** Trains one codebook, saves it, opens it and encodes with it, by the stage and in SQL. */
    void codebook(Dataset<Row> data) {
        VQModel model = new VQ()
                .setK(64)
                .setSeed(seed)
                .setMaxIter(5)
                .setCheckpointDir(path("checkpoint"))
                .fit(data);
        check(model.summary().mse() > 0, "a codebook without error");
        save(model.write(), "vq");
        VQModel opened = VQModel.load(path("vq"));
        opened.setPredictionCol("code").transform(data).write().parquet(path("vq-codes"));
        data.createOrReplaceTempView("base");
        Row sql = spark.sql("SELECT count(DISTINCT nsvq_encode(features, '" + path("vq") + "')) FROM base")
                .head();
        check(sql.getLong(0) > 1 && sql.getLong(0) <= 64, sql + " codes");
    }

    /** Trains several codebooks, of another kind each round, encodes and decodes. */
    void codes(Dataset<Row> data) {
        CodeModel<?> model = switch ((int) (seed % 4)) {
            case 0 ->
                new ProductVQ()
                        .setNumCodebooks(4)
                        .setCodebookBits(4)
                        .setMaxIter(4)
                        .setSeed(seed)
                        .fit(data);
            case 1 ->
                new ProductVQ()
                        .setNumCodebooks(4)
                        .setCodebookBits(4)
                        .setRotation("opq")
                        .setRotationIter(2)
                        .setMaxIter(4)
                        .setSeed(seed)
                        .fit(data);
            case 2 ->
                new ResidualVQ()
                        .setNumCodebooks(3)
                        .setCodebookBits(5)
                        .setJointIter(1)
                        .setMaxIter(3)
                        .setSeed(seed)
                        .fit(data);
            default ->
                new AdditiveVQ()
                        .setNumCodebooks(2)
                        .setCodebookBits(4)
                        .setJointIter(2)
                        .setMaxIter(3)
                        .setSeed(seed)
                        .fit(data);
        };
        save(model.write(), "codes-model");
        model.transform(data).select("id", "code").write().parquet(path("codes"));
        Dataset<Row> codes = spark.read().parquet(path("codes"));
        check(model.decode(codes).count() == rows, "not all codes decoded");
        codes.createOrReplaceTempView("codes");
        Row sql = spark.sql("SELECT count(nsvq_decode(code, '" + path("codes-model") + "')) FROM codes")
                .head();
        check(sql.getLong(0) == rows, sql + " vectors decoded in SQL");
    }

    /** Trains a line through the data, and orders the rows along it. */
    void curve(Dataset<Row> data) {
        Dataset<Row> ordered =
                new SpaceFillingVQ().setK(16).setSeed(seed).fit(data).order(data, 0);
        check(ordered.count() == rows, "not all rows in order");
    }

    /** Trains on a vector that is none, and is refused. */
    void refuses(Dataset<Row> data) {
        Dataset<Row> bad = data.selectExpr("id", "IF(id = 7, array(float('nan')), features) AS features");
        try {
            new VQ().setK(4).fit(bad);
        } catch (NsvqException e) {
            return;
        }
        throw new IllegalStateException("a vector that is none was trained on");
    }

    /** Builds an index, changes it, searches it in Spark and as a file. */
    void index(Dataset<Row> data, Dataset<Row> more, Dataset<Row> queries) {
        IvfIndexModel index = new IvfIndex()
                .setIndexDir(path("index"))
                .setNumLists(32)
                .setNumCodebooks(8)
                .setCodebookBits(6)
                .setMaxIter(4)
                .setSeed(seed)
                .setAttributeCols("part")
                .fit(data)
                .setK(NEIGHBORS)
                .setProbes(PROBES);
        index.add(more);
        index.delete(spark.range(0, rows, 10).toDF("id"));
        if (seed % 2 == 0) {
            index.compact(spark);
        }
        boolean refined = seed % 3 == 0;
        index.setVectors(data.union(more)).setRerank(refined ? CANDIDATES : 0);
        List<Row> found = index.transform(queries).limit(200).collectAsList();
        Dataset<Row> ranked = index.setRerank(CANDIDATES).setFilter("part < 2").transform(queries);
        check(ranked.count() == queries.count(), "not all queries answered");
        index.setFilter("").setRerank(refined ? CANDIDATES : 0);
        queries.createOrReplaceTempView("queries");
        Row sql = spark.sql("SELECT count(*) FROM nsvq_search(TABLE(queries), '" + path("index") + "', 5, 4)")
                .head();
        check(sql.getLong(0) == 5 * queries.count(), sql + " neighbors in SQL");
        GeneralMLWriter writer = index.write().format("faiss");
        if (refined) {
            writer.option("refine", "flat");
        }
        save(writer, "index.faiss");
        check(alike(found) >= ALIKE, "neighbors of the file are alike by " + alike(found));
    }

    /** Returns the share of neighbors that the exported file finds, too. */
    private double alike(List<Row> found) {
        int same = 0;
        int all = 0;
        try (io.github.sparknsvq.core.index.IvfIndex file = FaissFiles.open(Path.of(path("index.faiss")))) {
            for (Row row : found) {
                List<Float> values = row.getList(row.fieldIndex("features"));
                float[] query = new float[values.size()];
                for (int j = 0; j < query.length; j++) {
                    query[j] = values.get(j);
                }
                Neighbors near = file.search(query, NEIGHBORS, PROBES, 0);
                Set<Long> ids = LongStream.of(near.ids()).boxed().collect(Collectors.toSet());
                List<Row> neighbors = row.getList(row.fieldIndex("neighbors"));
                all += neighbors.size();
                same += (int) neighbors.stream()
                        .filter(neighbor -> ids.contains(neighbor.getLong(0)))
                        .count();
            }
        }
        return (double) same / all;
    }

    private String path(String name) {
        return place.resolve(name).toString();
    }

    private void save(GeneralMLWriter writer, String name) {
        try {
            writer.save(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(boolean right, String wrong) {
        if (!right) {
            throw new IllegalStateException(wrong);
        }
    }
}
