package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The vectors of a task's partition by their ids: the blocks they came in, and a hash table of primitive arrays. */
final class HeldVectors {
    /**
     * Vectors that travel together.
     *
     * @param ids of the vectors
     * @param names the ids as the user gave them, in UTF-8, or null where ids are numbers
     * @param values the vectors, one after the other
     * @param problems what is wrong with those that are invalid, by their number in the block
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    record Block(long[] ids, byte[][] names, float[] values, Map<Integer, String> problems) implements Serializable {}

    private final int dimension;
    private final List<Block> blocks = new ArrayList<>();

    /** Open addressing: an id, and at the same index in {@link #places} where its vector is. */
    private long[] keys = new long[1 << 8];

    /** A block's number in the upper half and a row, from 1 on, in the lower; 0 where there is no id. */
    private long[] places = new long[keys.length];

    private int count;

    HeldVectors(int dimension) {
        this.dimension = dimension;
    }

    /**
     * Takes a block, without copying it.
     *
     * @throws NsvqException if an id of it is here already
     */
    void add(Block block) {
        long number = blocks.size();
        blocks.add(block);
        for (int row = 0; row < block.ids().length; row++) {
            long id = block.ids()[row];
            int at = slot(id);
            if (places[at] != 0) {
                throw twice(id, name(places[at]), block.names() == null ? null : block.names()[row]);
            }
            keys[at] = id;
            places[at] = (number << 32) | (row + 1);
            count++;
            if (2 * count > keys.length) {
                grow();
            }
        }
    }

    /** The error for an id that two rows have, or for two names that get the same number. */
    static NsvqException twice(long id, byte[] first, byte[] second) {
        String where = "the vectors to rank by";
        if (first == null || Arrays.equals(first, second)) {
            return new NsvqException(where + " hold " + (first == null ? "" + id : text(first))
                    + " in 2 rows or more: ids must be unique");
        }
        return new NsvqException("ids " + text(first) + " and " + text(second) + " of " + where
                + " get the same number: change one of them");
    }

    private static String text(byte[] name) {
        return Reason.quoted(new String(name, StandardCharsets.UTF_8));
    }

    /** Returns where an id is in the table, or where it would be. */
    private int slot(long id) {
        int mask = keys.length - 1;
        int at = (int) SeededHash.mix(id) & mask;
        while (places[at] != 0 && keys[at] != id) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        long[] ids = keys;
        long[] held = places;
        keys = new long[2 * ids.length];
        places = new long[keys.length];
        for (int i = 0; i < ids.length; i++) {
            if (held[i] != 0) {
                int at = slot(ids[i]);
                keys[at] = ids[i];
                places[at] = held[i];
            }
        }
    }

    /**
     * Returns where the vector of an id is, for {@link #values}, {@link #offset} and {@link #name}; 0 if it is not
     * here.
     */
    long place(long id) {
        return places[slot(id)];
    }

    /** Returns an array that has the vector, among others. */
    float[] values(long place) {
        return blocks.get((int) (place >>> 32)).values();
    }

    /** Returns where in {@link #values} the vector starts. */
    int offset(long place) {
        return ((int) place - 1) * dimension;
    }

    /** Returns what is wrong with the vector, null if it is valid. */
    String problem(long place) {
        return blocks.get((int) (place >>> 32)).problems().get((int) place - 1);
    }

    /** Returns the vector's id as the user gave it, in UTF-8; null where ids are numbers. */
    byte[] name(long place) {
        byte[][] names = blocks.get((int) (place >>> 32)).names();
        return names == null ? null : names[(int) place - 1];
    }
}
