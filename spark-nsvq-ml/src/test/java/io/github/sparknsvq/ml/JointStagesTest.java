package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.TrainingListener;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of trainings that come after level by level: all codebooks together, and balanced levels. */
class JointStagesTest {
    private static final float[][] VECTORS = TestVectors.clustered(600, 5, 40, 3);

    @TempDir
    Path directory;

    private static ResidualVQ residual() {
        return new ResidualVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setBeam(4)
                .setJointIter(4)
                .setBalanceIter(6)
                .setSeed(4);
    }

    private static AdditiveVQ additive() {
        return new AdditiveVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setBeam(4)
                .setPolishIter(2)
                .setJointIter(4)
                .setSeed(4);
    }

    private static double mse(CodeModel<?> model, Dataset<Row> data) {
        double sum = 0;
        for (Row row : model.setDistanceCol("distance").transform(data).collectAsList()) {
            float distance = row.getAs("distance");
            sum += distance * distance;
        }
        return sum / VECTORS.length;
    }

    private static float[] codewords(CodeModel<?> model) {
        return model.shared().codewords().values();
    }

    @Test
    void solvingForAllCodebooksLowersTheError() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        ResidualVQModel joint = residual().fit(data);
        // 0.49 and 0.63 of it when this was written
        assertTrue(mse(joint, data) < 0.55 * mse(residual().setJointIter(0).fit(data), data));
        assertEquals(
                joint.summary().mse(), mse(joint, data), 1e-3 * joint.summary().mse());
        assertEquals(4 + 4, joint.summary().numIter());
        AdditiveVQModel additive = additive().fit(data);
        assertTrue(mse(additive, data) < 0.7 * mse(additive().setJointIter(0).fit(data), data));
        assertEquals(
                additive.summary().mse(),
                mse(additive, data),
                1e-3 * additive.summary().mse());
    }

    @Test
    void partitionsDoNotShow() {
        for (CodeEstimator<?, ?> estimator :
                List.of(residual(), additive(), residual().setBalanced(true))) {
            float[] one = codewords(estimator.fit(TestVectors.frame(VECTORS, TestVectors.FLOATS, 1)));
            for (int partitions : new int[] {2, 7}) {
                float[] other = codewords(estimator.fit(TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions)));
                assertArrayEquals(one, other, 2e-3f);
            }
        }
    }

    @Test
    void balancedModelsComeBackWithTheirPrices() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        ResidualVQModel model =
                residual().setBalanced(true).setCodesCol("codes").fit(data);
        String path = directory.resolve("model").toString();
        model.write().save(path);
        ResidualVQModel loaded = ResidualVQModel.load(path);
        assertArrayEquals(model.shared().prices(), loaded.shared().prices());
        assertEquals(
                model.transform(data).select("codes").collectAsList(),
                loaded.transform(data).select("codes").collectAsList());
        ResidualVQModel copy = model.copy(ParamMap.empty());
        assertArrayEquals(model.shared().prices(), copy.shared().prices());
    }

    /** Ends a training after so many passes of a part. */
    private static TrainingListener endsIn(int maxIter, int pass) {
        return progress -> {
            if (progress.maxIter() == maxIter && progress.iteration() > pass) {
                throw new IllegalStateException("the driver dies");
            }
        };
    }

    @Test
    void aTrainingThatDiedGoesOn() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        List<CodeEstimator<?, ?>> estimators = List.of(
                residual().setJointIter(5),
                additive().setJointIter(5),
                residual().setBalanced(true));
        for (CodeEstimator<?, ?> estimator : estimators) {
            Path checkpoint = directory.resolve("checkpoint");
            int passes = estimator instanceof ResidualVQ rq && rq.getBalanced() ? 6 : 5;
            float[] expected = codewords(estimator.fit(data));
            estimator.setCheckpointDir(checkpoint.toString());
            estimator.setListener(endsIn(passes, 2));
            assertEquals(
                    "the driver dies",
                    assertThrows(IllegalStateException.class, () -> estimator.fit(data))
                            .getMessage());
            assertTrue(Files.exists(checkpoint.resolve(passes == 6 ? "balance" : "joint")));
            List<Integer> heard = new ArrayList<>();
            estimator.setListener(progress -> {
                if (progress.maxIter() == passes) {
                    heard.add(progress.iteration());
                }
            });
            assertArrayEquals(expected, codewords(estimator.fit(data)), 1e-6f);
            assertTrue(heard.get(0) >= 3, "goes on with pass " + heard.get(0));
            try (Stream<Path> left = Files.list(checkpoint)) {
                assertEquals(List.of(), left.toList());
            } catch (NoSuchFileException e) {
                assertTrue(Files.notExists(checkpoint));
            }
            estimator.setCheckpointDir("");
            estimator.setListener(TrainingListener.NONE);
        }
    }

    @Test
    void additiveCodebooksStartFromThoseOfParts() {
        float[][] vectors = TestVectors.clustered(400, 6, 300, 3);
        Dataset<Row> data = TestVectors.frame(vectors);
        ProductVQModel parts = new ProductVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setSeed(4)
                .fit(data);
        AdditiveVQModel joint = additive().setJointIter(1).fit(data);
        assertEquals(4 + 1, joint.summary().numIter());
        // the first joint pass meets the codebooks of parts, and sums of them have no other codes than parts have
        assertEquals(
                parts.summary().mse(),
                joint.summary().history().get(4).mse(),
                1e-4 * parts.summary().mse());
        assertTrue(joint.summary().mse() < parts.summary().mse());
    }

    @Test
    void trainingsStartFromAModel() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        ResidualVQModel levels = residual().setJointIter(0).fit(data);
        ResidualVQ again = residual().setMaxIter(0).setJointIter(0);
        String path = directory.resolve("levels").toString();
        levels.save(path);
        ResidualVQ saved = again.copy(ParamMap.empty()).setInitialModel(levels);
        saved.save(directory.resolve("estimator").toString());
        for (ResidualVQ one : List.of(
                again.copy(ParamMap.empty()).setInitialModelPath(path),
                saved.copy(ParamMap.empty()),
                ResidualVQ.load(directory.resolve("estimator").toString()))) {
            assertArrayEquals(codewords(levels), codewords(one.fit(data)));
        }
        // joint passes go on from there as they would have, without the passes before them
        assertArrayEquals(
                codewords(residual().fit(data)),
                codewords(residual().setInitialModel(levels).fit(data)));
        ResidualVQModel joint = residual().fit(data);
        ResidualVQModel further = residual().setInitialModel(joint).fit(data);
        assertEquals(residual().getJointIter(), further.summary().numIter());
        assertTrue(mse(further, data) <= mse(joint, data));
        AdditiveVQModel additive = additive().fit(data);
        AdditiveVQModel more = additive().setInitialModel(additive).fit(data);
        assertEquals(4, more.summary().numIter());
        assertTrue(mse(more, data) <= mse(additive, data));
        ProductVQ rotated = new ProductVQ()
                .setNumCodebooks(1)
                .setCodebookBits(4)
                .setRotation("opq")
                .setRotationIter(2)
                .setMaxIter(2)
                .setSeed(1);
        ProductVQModel first = rotated.fit(data);
        ProductVQModel same = rotated.copy(ParamMap.empty())
                .setInitialModel(first)
                .setMaxIter(0)
                .fit(data);
        assertArrayEquals(codewords(first), codewords(same));
        assertArrayEquals(
                first.shared().rotation().matrix().values(),
                same.shared().rotation().matrix().values());
    }

    @Test
    void aModelToStartFromIsScaledAsTheRowsAre() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        double[] weights = {1, 2, 0.5, 4, 1};
        for (CodeEstimator<?, ?> plain : List.of(
                residual().setJointIter(0),
                new ProductVQ().setNumCodebooks(5).setCodebookBits(4).setMaxIter(2))) {
            float[] expected = codewords(plain.fit(data));
            float[] found;
            if (plain instanceof ResidualVQ residual) {
                found = codewords(residual.copy(ParamMap.empty())
                        .setInitialModel(residual.fit(data))
                        .setDimensionWeights(weights)
                        .setMaxIter(0)
                        .fit(data));
            } else {
                ProductVQ product = (ProductVQ) plain;
                found = codewords(product.copy(ParamMap.empty())
                        .setInitialModel(product.fit(data))
                        .setDimensionWeights(weights)
                        .setMaxIter(0)
                        .fit(data));
            }
            assertArrayEquals(expected, found, 1e-5f);
        }
    }
}
