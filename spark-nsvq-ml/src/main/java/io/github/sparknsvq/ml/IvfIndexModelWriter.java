package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.index.FaissIndexExport;
import io.github.sparknsvq.ml.index.IndexDirectory;
import io.github.sparknsvq.ml.saving.ModelWriter;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Locale;

/**
 * Copies an index whole or not at all, as Spark ML saves a model or, with {@code format("faiss")}, as one file that
 * FAISS opens; there {@code option("fastScan", "true")} has codes of 4 bits written for its fast scan, and {@code
 * option("refine", "flat")} or {@code "sq8"} the model's vectors, as they are or rounded to 8 bits a value, by which
 * what codes find is ranked again. With these, {@code
 * option("spill", "true")} puts each vector into a second list, too ({@link
 * io.github.sparknsvq.core.index.SpilledLists}): for searches by {@link
 * io.github.sparknsvq.core.faiss.FaissFiles#open}, since FAISS finds such vectors twice.
 */
final class IvfIndexModelWriter extends ModelWriter {
    /** As Spark keeps names of options. */
    private static final String FAST_SCAN = "fastscan";

    private static final String REFINE = "refine";
    private static final String SQ8 = "sq8";
    private static final String SPILL = "spill";

    /** Candidates for each neighbor where the model does not say how many. */
    private static final float FACTOR = 10;

    private final IvfIndexModel model;

    IvfIndexModelWriter(IvfIndexModel model) {
        super(model);
        this.model = model;
    }

    @Override
    protected void saveInternal(String path) {
        IndexFiles.saveTrained(model, path, sparkSession());
        if (SparkInternals.savingLocally()) {
            return; // Spark Connect parks what is in memory: the index stays where it is
        }
        new IndexDirectory(model.path(), sparkSession()).copyLists(path);
        new IndexDirectory(path, sparkSession()).writeManifest();
        IndexFiles.succeed(path, sparkSession());
    }

    @Override
    protected void saveForFaiss(String path) {
        boolean fastScan = flag(FAST_SCAN);
        new FaissIndexExport(model.stored(sparkSession()), model.getProbes(), fastScan, ranked()).write(path);
    }

    private boolean flag(String option) {
        String value = optionMap().getOrElse(option, () -> "false").toLowerCase(Locale.ROOT);
        NsvqException.unless(
                value.equals("true") || value.equals("false"),
                option + " '" + value + "' is unknown: use true or false");
        return value.equals("true");
    }

    /** The vectors to write, or null for none. */
    private FaissIndexExport.Ranked ranked() {
        String refine = optionMap().getOrElse(REFINE, () -> "none").toLowerCase(Locale.ROOT);
        boolean spills = flag(SPILL);
        if (refine.equals("none")) {
            NsvqException.unless(!spills, "spill goes with refine: second lists are chosen by the vectors");
            return null;
        }
        NsvqException.unless(
                refine.equals("flat") || refine.equals(SQ8),
                "refine '" + refine + "' is unknown: use none, flat or sq8");
        float factor = model.getRerank() == 0 ? FACTOR : Math.max(1f, (float) model.getRerank() / model.getK());
        return new FaissIndexExport.Ranked(
                model.rankingVectors(sparkSession(), "refine = " + refine, ""), refine.equals(SQ8), factor, spills);
    }
}
