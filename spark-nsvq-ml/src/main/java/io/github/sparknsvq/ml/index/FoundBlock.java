package io.github.sparknsvq.ml.index;

import java.io.Serializable;

/**
 * What a bin found for queries, on its way back.
 *
 * @param keys what each query is known by
 * @param starts where the neighbours of each query start, and last where they end
 * @param ids the neighbours, nearest first
 * @param distances theirs, as scanners give them
 * @param names the strings that the ids stand for, in UTF-8, or null where ids are numbers
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record FoundBlock(long[] keys, int[] starts, long[] ids, float[] distances, byte[][] names) implements Serializable {}
