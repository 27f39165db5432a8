package io.github.sparknsvq.ml.index;

import java.io.Serializable;

/**
 * What a bin found for queries, on its way back to their partition.
 *
 * @param home of the queries
 * @param keys what each query is known by
 * @param starts where the neighbors of each query start, and last where they end
 * @param ids the neighbors, nearest first
 * @param distances of the neighbors, as scanners give them
 * @param names the ids as the user gave them, in UTF-8, or null where ids are numbers
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record FoundBlock(long home, long[] keys, int[] starts, long[] ids, float[] distances, byte[][] names)
        implements Serializable {}
