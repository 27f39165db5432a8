package io.github.sparknsvq.core.training.hierarchy;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.TwoLevelAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.GroupTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowGrouping;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.LloydRule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Trains 10^4 to 10^6 codewords, of about equal shares of the rows, in far less than the {@code N K} distances of a
 * pass of k-means: about {@code sqrt(K)} cells on all rows; codewords for each cell in proportion to its rows,
 * trained on these alone (see {@link CellCodebook}); then passes over all rows and codewords in which a row looks at
 * the codewords of the nearest cells. Rows that are equal count as one when codewords are shared out.
 *
 * <p>The same seed and rows give the same codebook, whatever the number of partitions. A cell is trained on a sample
 * of its rows where it has more than {@value #SAMPLE} for each codeword.
 */
public final class HierarchicalTraining {
    private static final String CELLS_PHASE = "cells";
    private static final String LISTS_PHASE = "lists";

    /** Passes over all rows that find the cells. */
    private static final int CELL_PASSES = 6;

    /** Passes over the rows of each cell. */
    private static final int PASSES_IN_CELL = 16;

    /** Passes over all rows and codewords. */
    private static final int LAST_PASSES = 2;

    /** Cells that a row looks at in these: the nearest codeword is hardly ever in a further one. */
    private static final int LOOKED = 4;

    /** Rows for each codeword on which a cell is trained, at most. */
    private static final int SAMPLE = 256;

    /** Rows for each codeword that a cell has at least, if it has so many. */
    private static final int LEAST_SAMPLE = 8;

    /** Products of coordinates that a pass over a cell takes, a few seconds, unless it has too few rows otherwise. */
    private static final long CELL_PRODUCTS = 1L << 38;

    /** Values of the rows of a cell at most, whatever else: a gigabyte, which a task holds at once. */
    private static final long CELL_VALUES = 1L << 28;

    /** Cells are trained again where more than this part of all lists went to rows that are equal to others. */
    private static final int MISPLACED = 64;

    private static final long SAMPLE_STREAM = -31;
    private static final long CELL_STREAM = -32;

    private HierarchicalTraining() {}

    /**
     * Trains a codebook.
     *
     * @param rows the rows, at least one
     * @param settings the number of codewords, the seed, whether rows have length 1, and the device; nothing else
     *     counts
     * @param listener is told of the progress
     * @return the codebook with the statistics of all rows, and a record for each step
     * @throws io.github.sparknsvq.core.NsvqException if the codewords do not fit one array, before any work
     */
    public static TrainingResult train(StatisticsSource rows, TrainingSettings settings, TrainingListener listener) {
        int lists = settings.codewords();
        int d = rows.dimension();
        CodebookLayout layout = new CodebookLayout(d, lists);
        Progress progress = new Progress(listener);
        TrainingResult cells = cells(rows, settings);
        CodebookLayout cellLayout = new CodebookLayout(d, cells.codebook().rows());
        progress.after(CELLS_PHASE, CELL_PASSES * rows.rows(), cellLayout, cells.statistics());
        int[] cellOf = new int[lists];
        float[] codewords = sharedOut(rows, settings, cells, cellOf);
        for (int pass = 0; ; pass++) {
            TwoLevelAssignment assignment =
                    new TwoLevelAssignment(layout, cells.codebook().values(), cellOf, LOOKED);
            CodebookStatistics all =
                    new AssignTask(assignment, codewords, RowSelection.ALL, settings.device()).on(rows);
            progress.after(LISTS_PHASE, rows.rows(), layout, all);
            if (pass == LAST_PASSES) {
                return new TrainingResult(new FloatMatrix(lists, d, codewords), all, progress.history);
            }
            new LloydRule().update(codewords, all, 0);
            if (settings.unitLength()) {
                UnitLength.normalize(codewords, d);
            }
        }
    }

    /**
     * Shares codewords out to cells, and trains those of each.
     *
     * @param cellOf receives the cell of each codeword
     * @return the codewords
     */
    private static float[] sharedOut(
            StatisticsSource rows, TrainingSettings settings, TrainingResult cells, int[] cellOf) {
        double[] weights = cells.statistics().counts();
        int[] quotas = ListQuotas.of(weights, cellOf.length);
        List<Trained> trained = inCells(rows, settings, cells, quotas);
        int[] better = ListQuotas.of(different(weights, trained), cellOf.length);
        if (apart(quotas, better) > cellOf.length / MISPLACED) {
            quotas = better;
            trained = null; // not beside those that follow: they may take half a gigabyte
            trained = inCells(rows, settings, cells, quotas);
        }
        int at = 0;
        for (int cell = 0; cell < quotas.length; cell++) {
            Arrays.fill(cellOf, at, at + quotas[cell], cell);
            at += quotas[cell];
        }
        return together(cells.codebook(), trained, quotas);
    }

    private static TrainingResult cells(StatisticsSource source, TrainingSettings settings) {
        int count = (int) Math.min(source.rows(), Math.round(Math.sqrt(settings.codewords())));
        TrainingSettings top = TrainingSettings.builder(Math.max(1, count))
                .passes(CELL_PASSES, CELL_PASSES)
                .updater(Updater.LLOYD)
                .seed(settings.seed())
                .unitLength(settings.unitLength())
                .device(settings.device())
                .build();
        FloatMatrix start = Initialization.initialize(source, top, InitMode.RANDOM, 1);
        return CodebookTrainer.train(source, top, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
    }

    /** Returns on how many rows a cell is trained at most: fewer for each codeword where these are very many. */
    static double sample(int quota, int dimension) {
        double affordable = (double) CELL_PRODUCTS / dimension / quota / quota;
        double rows = quota * Math.min(SAMPLE, Math.max(LEAST_SAMPLE, affordable));
        return Math.min(rows, (double) CELL_VALUES / dimension);
    }

    private static List<Trained> inCells(
            StatisticsSource source, TrainingSettings settings, TrainingResult cells, int[] quotas) {
        double rowWeight = cells.statistics().weight() / source.rows();
        double[] shares = new double[quotas.length];
        Arrays.setAll(shares, cell -> {
            double rows = cells.statistics().counts()[cell] / rowWeight;
            return rows > 0 ? sample(quotas[cell], source.dimension()) / rows : 0;
        });
        FloatMatrix codebook = cells.codebook();
        Grouping grouping =
                new Grouping(codebook.values(), codebook.columns(), shares, settings.seed(), settings.device());
        InCell training = new InCell(quotas, settings.unitLength(), settings.seed(), settings.device());
        return source.perGroup(grouping, training);
    }

    /** Returns what the rows of each cell weigh that are not equal to another, as far as those drawn tell. */
    private static double[] different(double[] weights, List<Trained> trained) {
        double[] different = weights.clone();
        Arrays.setAll(different, cell -> {
            Trained of = trained.get(cell);
            return of == null ? weights[cell] : weights[cell] * of.different();
        });
        return different;
    }

    /** Returns how many lists are in other cells. */
    private static int apart(int[] quotas, int[] others) {
        return IntStream.range(0, quotas.length)
                .map(cell -> Math.max(0, quotas[cell] - others[cell]))
                .sum();
    }

    private static float[] together(FloatMatrix cells, List<Trained> trained, int[] quotas) {
        int d = cells.columns();
        float[] codewords = new float[Arrays.stream(quotas).sum() * d];
        int at = 0;
        for (int cell = 0; cell < quotas.length; cell++) {
            Trained of = trained.get(cell);
            for (int k = 0; k < quotas[cell]; k++) {
                if (of == null) { // of a few rows, none was drawn
                    System.arraycopy(cells.values(), cell * d, codewords, at, d);
                } else {
                    System.arraycopy(of.codewords(), k * d, codewords, at, d);
                }
                at += d;
            }
        }
        return codewords;
    }

    /** Records what was done, and tells the listener. */
    private static final class Progress {
        private static final int STEPS = LAST_PASSES + 2;

        private final List<PassRecord> history = new ArrayList<>();
        private final TrainingListener listener;
        private long began = System.nanoTime();

        Progress(TrainingListener listener) {
            this.listener = listener;
        }

        void after(String phase, long rows, CodebookLayout layout, CodebookStatistics seen) {
            double mse = seen.meanError();
            long now = System.nanoTime();
            int step = history.size() + 1;
            history.add(new PassRecord(step, phase, mse, 0, 0, (now - began) / 1e9));
            began = now;
            listener.progressed(new TrainingListener.Progress(step, STEPS, (double) step / STEPS, mse, 0)
                    .withRows(rows)
                    .withUse(layout, seen));
        }
    }

    /** The nearest cell of each row, and of rows that are not drawn none. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Grouping(float[] cells, int dimension, double[] shares, long seed, Device device)
            implements RowGrouping {
        @Override
        public int groups() {
            return shares.length;
        }

        @Override
        public ToGroup prepare() {
            NearestCodeword search = NearestCodewordProviders.forDevice(device)
                    .prepare(new FloatMatrix(shares.length, dimension, cells));
            return (block, group) -> {
                search.nearest(block.values(), 0, block.rows(), group, new float[block.rows()]);
                for (int i = 0; i < block.rows(); i++) {
                    double share = shares[group[i]];
                    if (share < 1 && SeededHash.uniform(seed, SAMPLE_STREAM, block.start() + i) >= share) {
                        group[i] = NONE;
                    }
                }
            };
        }
    }

    /**
     * What came of a cell.
     *
     * @param codewords {@code quota x D}
     * @param different the share of its rows' weight that those have which are not equal to another
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Trained(float[] codewords, double different) implements Serializable {}

    /** Trains the codewords of a cell. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record InCell(int[] quotas, boolean unitLength, long seed, Device device) implements GroupTask<Trained> {
        @Override
        public Trained run(int cell, RowBlock rows) {
            RowBlock different = DifferentRows.of(rows);
            double share = DifferentRows.weight(different) / DifferentRows.weight(rows);
            float[] codewords = CellCodebook.train(
                    different,
                    quotas[cell],
                    PASSES_IN_CELL,
                    unitLength,
                    NearestCodewordProviders.forDevice(device),
                    SeededHash.random(seed, CELL_STREAM, cell));
            return new Trained(codewords, share);
        }
    }
}
