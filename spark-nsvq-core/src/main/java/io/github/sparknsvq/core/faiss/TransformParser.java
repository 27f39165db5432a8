package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.AffineTransform;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Parses the transforms that rows go through before an index. */
final class TransformParser {
    /** The longest chain that is read; usual ones have two or three transforms. */
    private static final int MOST = 64;

    private TransformParser() {}

    /** Transforms of rows of a dimension, in order. */
    static List<VectorTransform> chain(FaissInput in, int dimension) throws IOException {
        long at = in.position();
        int length = in.int32("the number of transforms");
        in.check(length >= 0, at, "there are " + length + " transforms, there should be 0 or more");
        in.checkSupported(length <= MOST, "a chain of " + length + " transforms", MOST + " at most");
        List<VectorTransform> chain = new ArrayList<>();
        int d = dimension;
        for (int i = 0; i < length; i++) {
            VectorTransform transform = transform(in, d);
            chain.add(transform);
            d = transform.outputDimension();
        }
        return chain;
    }

    private static VectorTransform transform(FaissInput in, int d) throws IOException {
        String type = in.fourcc("the type of a transform");
        String name = "a transform of type " + FaissTypes.namedTransform(type);
        return switch (type) {
            case "LTra", "rrot" -> linear(in, d);
            case "Pcam" -> {
                skipPrincipal(in);
                yield linear(in, d);
            }
            case "VNrm" -> {
                float norm = in.float32("the norm");
                in.checkSupported(norm == 2, "a normalization by norm " + norm, "norm 2");
                expectTail(in, d, d);
                yield new Normalization(d);
            }
            case "VCnt" -> centering(in, d);
            default -> throw in.unsupported(name, "LTra, rrot, Pcam, VNrm, VCnt");
        };
    }

    /** Goes past what a PCA was trained to: the matrix and bias that follow are all that is needed. */
    private static void skipPrincipal(FaissInput in) throws IOException {
        in.float32("the power of eigenvalues");
        in.float32("the least eigenvalue");
        in.bool("whether there is a random rotation");
        in.int32("the number of balanced bins");
        for (String what : List.of("values of the mean", "eigenvalues", "values of the principal components")) {
            in.skip(in.count(Float.BYTES, what), Float.BYTES, what);
        }
    }

    private static VectorTransform centering(FaissInput in, int d) throws IOException {
        in.expectCount(d, Float.BYTES, "values of the mean");
        float[] bias = in.floats(d, "values of the mean");
        expectTail(in, d, d);
        for (int j = 0; j < d; j++) {
            bias[j] = 0 - bias[j];
        }
        return AffineTransform.translation(bias);
    }

    private static VectorTransform linear(FaissInput in, int d) throws IOException {
        boolean hasBias = in.bool("whether the transform has a bias");
        long at = in.position();
        long length = in.count(Float.BYTES, "values of the transform");
        in.check(
                length >= d && length % d == 0 && length / d <= FaissIndex.MOST_DIMENSIONS,
                at,
                "the transform has " + length + " values, there should be " + d + " for each of 1 to "
                        + FaissIndex.MOST_DIMENSIONS + " dimensions that it gives");
        int to = (int) (length / d);
        float[] matrix = in.floats(length, "values of the transform");
        in.expectCount(hasBias ? to : 0, Float.BYTES, "values of the bias");
        float[] bias = hasBias ? in.floats(to, "values of the bias") : null;
        expectTail(in, d, to);
        if (to == d && !hasBias) {
            try {
                return new Rotation(d, matrix);
            } catch (NsvqException e) {
                return new AffineTransform(to, d, matrix, bias); // square, but not orthonormal
            }
        }
        return new AffineTransform(to, d, matrix, bias);
    }

    /** What ends every transform. */
    private static void expectTail(FaissInput in, int from, int to) throws IOException {
        expectDimension(in, from, "the dimension that the transform takes");
        expectDimension(in, to, "the dimension that the transform gives");
        IndexHeader.checkTrained(in, in.bool("whether the transform is trained"));
    }

    private static void expectDimension(FaissInput in, int expected, String what) throws IOException {
        long at = in.position();
        int d = in.int32(what);
        in.check(d == expected, at, what + " is " + d + ", it should be " + expected);
    }
}
