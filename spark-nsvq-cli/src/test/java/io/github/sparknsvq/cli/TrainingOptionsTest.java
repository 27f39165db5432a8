package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.ml.VQModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What training options come to that are more than a param's value. */
class TrainingOptionsTest extends CommandTest {
    /** One run trains all sizes as separate runs do, and saves the one that it picks. */
    @Test
    void elbowTrainsEachSizeAndSavesThePick() {
        Path input = vectors("learn.fvecs", 200, 1);
        Path model = directory.resolve("elbow");
        JsonNode json = nsvq("train --elbow --k 16,4,8,32 --max-iter 4 --seed 5", "--input", input, "--output", model)
                .json();
        JsonNode points = json.get("elbow");
        int[] sizes = {4, 8, 16, 32};
        double deepest = Double.NEGATIVE_INFINITY;
        int picked = 0;
        for (int i = 0; i < 4; i++) {
            assertEquals(sizes[i], points.get(i).get("codewords").asInt());
            double depth = points.get(i).get("depth").asDouble();
            if (i > 0 && i < 3 && depth > deepest) {
                deepest = depth;
                picked = sizes[i];
            }
            assertTrue(points.get(i).get("passes").asInt() > 0);
        }
        assertEquals(picked, json.get("picked").asInt());
        assertEquals(picked, json.get("codewords").asInt());
        VQModel saved = VQModel.load(model.toString());
        assertEquals(picked, saved.codebook().rows());
        assertEquals(picked, saved.getK());
        JsonNode alone = nsvq(
                        "train --max-iter 4 --seed 5 --k",
                        picked,
                        "--input",
                        input,
                        "--output",
                        directory.resolve("alone"))
                .json();
        assertEquals(alone.get("mse"), json.get("mse"));
        assertArrayEquals(
                VQModel.load(directory + "/alone").codebook().values(),
                saved.codebook().values());
    }

    @Test
    void weightsAndThePapersSettingsReachTheModel() {
        Path input = vectors("learn.fvecs", 200, 1);
        JsonNode json = nsvq(
                        "train --k 8 --max-iter 3 --dimension-weights 2,1,0.5,4 --init-mode evolution --reseeding"
                                + " presence --presence-threshold 0.01 --repair off",
                        "--input",
                        input,
                        "--output",
                        directory.resolve("m"))
                .json();
        VQModel model = VQModel.load(directory + "/m");
        assertArrayEquals(new double[] {2, 1, 0.5, 4}, model.getDimensionWeights());
        assertEquals(0.01, model.getPresenceThreshold());
        assertEquals("off", model.getRepair());
        JsonNode again = nsvq("evaluate", "--model", directory.resolve("m"), "--input", input)
                .json();
        assertEquals(json.get("mse").asDouble(), again.get("mse").asDouble(), 1e-6, "the weighted error");
    }
}
