package io.github.sparknsvq.ml.vectors;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What an index compares vectors by, and the distance that users see: smaller is nearer with all. */
public enum DistanceKind {
    /** Squared Euclidean distance. */
    L2,
    /** The inner product, negated. */
    IP,
    /** One minus the cosine. */
    COSINE;

    /** The names that users give. */
    public static final List<String> NAMES = Arrays.stream(values())
            .map(kind -> kind.name().toLowerCase(Locale.ROOT))
            .toList();

    /** Returns the kind of one of {@link #NAMES}. */
    public static DistanceKind of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Returns the distance that users see of one that a scanner found. */
    public float shown(float scanned) {
        return switch (this) {
            case L2 -> Math.max(0, scanned); // sums of tables may round below
            case IP -> scanned;
            case COSINE -> 1 + scanned;
        };
    }
}
