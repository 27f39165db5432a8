package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.RowAssigner;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The distinct targets that are farthest from the codewords that they were given, codebook by codebook: where
 * codewords that nothing chose are of use. Targets that equal their codeword are left out.
 */
final class FarthestTargets {
    private FarthestTargets() {}

    /** A target and its squared distance from its codeword. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Target(float squaredDistance, float[] values) implements Serializable {}

    /** Farthest first; equal distances by value, so that partitions do not matter. */
    private static final Comparator<Target> FARTHEST_FIRST = Comparator.comparingDouble(Target::squaredDistance)
            .reversed()
            .thenComparing(Target::values, Arrays::compare);

    /**
     * Finds the farthest targets.
     *
     * @param most how many of each codebook at most
     * @return for each codebook its targets, farthest first
     */
    static List<List<float[]>> of(Codewords codewords, int[] most) {
        int codebooks = codewords.layout.codebooks();
        List<Kept> kept = new ArrayList<>();
        for (int m = 0; m < codebooks; m++) {
            kept.add(new Kept(most[m]));
        }
        Task task = new Task(codewords.assignment, codewords.values, codewords.settings.device(), most);
        for (List<List<Target>> part : codewords.source.perPartition(task)) {
            for (int m = 0; m < codebooks; m++) {
                part.get(m).forEach(kept.get(m)::offer);
            }
        }
        return kept.stream()
                .map(one -> one.farthestFirst().stream().map(Target::values).toList())
                .toList();
    }

    /** Keeps the farthest of the targets that it is given. */
    private static final class Kept {
        private final int most;
        private final PriorityQueue<Target> nearestFirst = new PriorityQueue<>(FARTHEST_FIRST.reversed());
        private final Set<FloatBuffer> values = new HashSet<>();

        Kept(int most) {
            this.most = most;
        }

        /** Whether a target at this distance could be kept. */
        boolean accepts(float squaredDistance) {
            return squaredDistance > 0
                    && most > 0
                    && (nearestFirst.size() < most
                            || squaredDistance >= nearestFirst.element().squaredDistance());
        }

        void offer(Target target) {
            if (!accepts(target.squaredDistance()) || !values.add(FloatBuffer.wrap(target.values()))) {
                return;
            }
            nearestFirst.add(target);
            if (nearestFirst.size() > most) {
                values.remove(FloatBuffer.wrap(nearestFirst.remove().values()));
            }
        }

        List<Target> farthestFirst() {
            List<Target> all = new ArrayList<>(nearestFirst);
            all.sort(FARTHEST_FIRST);
            return all;
        }
    }

    /** Finds a partition's farthest targets. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Task(Assignment assignment, float[] codewords, Device device, int[] most)
            implements PartitionTask<ArrayList<List<Target>>> {
        @Override
        public ArrayList<List<Target>> run(Iterator<RowBlock> blocks) {
            int d = assignment.layout().dimension();
            int[] codebookOf = assignment.layout().codebookOf();
            Kept[] kept = new Kept[most.length];
            Arrays.setAll(kept, m -> new Kept(most[m]));
            RowAssigner.assign(
                    blocks,
                    RowSelection.ALL,
                    assignment,
                    codewords,
                    device,
                    (codeword, targets, offset, weight, squaredDistance) -> {
                        Kept of = kept[codebookOf[codeword]];
                        if (of.accepts(squaredDistance)) {
                            of.offer(new Target(squaredDistance, Arrays.copyOfRange(targets, offset, offset + d)));
                        }
                    });
            ArrayList<List<Target>> found = new ArrayList<>();
            for (Kept one : kept) {
                found.add(one.farthestFirst());
            }
            return found;
        }

        @Override
        public long bytes() {
            return 4L * codewords.length;
        }
    }
}
