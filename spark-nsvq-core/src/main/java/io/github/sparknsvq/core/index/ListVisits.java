package io.github.sparknsvq.core.index;

import java.util.Arrays;

/** Which probes look at which list: probes with the list that they choose go in, and come out list by list. */
final class ListVisits {
    /** The last probe of each list, and of each probe the one before at the same list; -1 for none. */
    private final int[] last;

    private int[] before = new int[0];
    private int[] visited = new int[16];
    private int count;

    ListVisits(int lists) {
        this.last = new int[lists];
        Arrays.fill(last, -1);
    }

    /** Makes room for probes. */
    void makeRoom(int probes) {
        if (before.length < probes) {
            before = new int[probes];
        }
    }

    /** Adds a probe. */
    void add(int list, int probe) {
        if (last[list] < 0) {
            if (count == visited.length) {
                visited = Arrays.copyOf(visited, 2 * count);
            }
            visited[count++] = list;
        }
        before[probe] = last[list];
        last[list] = probe;
    }

    /** Returns how many lists have probes. */
    int lists() {
        return count;
    }

    /** Returns a list, by the order in which each had its first probe. */
    int list(int i) {
        return visited[i];
    }

    /** Returns a probe of a list, or -1. */
    int first(int list) {
        return last[list];
    }

    /** Returns the next probe of the same list, or -1. */
    int next(int probe) {
        return before[probe];
    }

    /** Forgets all probes. */
    void clear() {
        for (int i = 0; i < count; i++) {
            last[visited[i]] = -1;
        }
        count = 0;
    }
}
