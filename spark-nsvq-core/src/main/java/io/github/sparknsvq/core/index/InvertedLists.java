package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;

/**
 * Codes and ids, list by list, wherever they lie. May be read by several threads at once.
 */
public interface InvertedLists extends AutoCloseable {

    /** Returns the number of lists, empty ones too. */
    int lists();

    /** Returns the number of vectors of a list. */
    int size(int list);

    /**
     * Returns the number of vectors in all lists. Where each is in two lists, see {@link SpilledLists}, it is half of
     * the sum of all sizes, else that sum.
     */
    default long vectors() {
        long sum = 0;
        for (int list = 0; list < lists(); list++) {
            sum += size(list);
        }
        return sum;
    }

    /**
     * Returns a number that tells the vector at a place from others, the same at both of its places: its id, if there
     * is nothing that is read faster.
     *
     * @param list the list
     * @param position the place there
     */
    default long vector(int list, int position) {
        long[] id = new long[1];
        ids(list, position, 1, id);
        return id[0];
    }

    /** Returns how the codes of a list lie. */
    ListFormat format();

    /**
     * Copies codes of a list, in the lists' {@link #format}.
     *
     * @param list the list
     * @param from first code, a multiple of {@code format().group()}
     * @param count how many; a multiple of {@code format().group()}, too, unless they are the list's last
     * @param codes receives them, {@code format().bytes(count)} bytes
     * @throws IndexOutOfBoundsException if the list has not so many codes or the array is too short
     */
    void codes(int list, int from, int count, byte[] codes);

    /**
     * Copies ids of a list.
     *
     * @param list the list
     * @param from first id
     * @param count how many
     * @param ids receives them
     * @throws IndexOutOfBoundsException if the list has not so many ids or the array is too short
     */
    void ids(int list, int from, int count, long[] ids);

    /**
     * Checks that what the lists lie in is as it was when they were opened, as far as that can be told cheaply.
     * Called after lists were read.
     *
     * @throws NsvqException if it is not: then what was read may be anything
     */
    default void checkUnchanged() {}

    /**
     * Returns what to throw for an error of the JVM that ended a search. It is an {@link InternalError} that comes
     * when mapped memory cannot be read, from compiled code a little after the reading.
     *
     * @throws InternalError the same, unless it is about lists in a mapped file
     */
    default NsvqException unreadable(InternalError e) {
        throw e;
    }

    /** Gives back what the lists hold: a mapped file, for instance. Nothing may be read any more. */
    @Override
    void close();
}
