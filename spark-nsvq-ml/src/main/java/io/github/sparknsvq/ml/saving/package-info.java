/**
 * How stages are saved and loaded: metadata beside Parquet, written whole or not at all.
 *
 * <p><b>Written whole.</b> Every output goes through a {@code StagedOutput}: it is written to a hidden directory
 * beside its place, {@code .NAME-OWNER.tmp}, and renamed when it is complete. What it replaces is kept meanwhile
 * as {@code .NAME-OWNER.old}.
 *
 * <p><b>After a killed process.</b> Four classes find out what it left and clean up:
 *
 * <ul>
 *   <li>{@code OwnerName} is the {@code OWNER} in such a name. It identifies a process (machine, process number,
 *       start) and can often say, without reading a file, whether that process is alive.
 *   <li>{@code Owner} is a file that a live process touches every ten seconds, for processes on other machines:
 *       one that was silent for two minutes counts as dead. With {@code Owner.claim} one training has a directory,
 *       such as that of its checkpoints, to itself.
 *   <li>{@code Leftovers} are the {@code .tmp} and {@code .old} directories of one owner. Those of dead owners are
 *       deleted. If the output itself is missing, because a process was killed between two renames, the new one is
 *       put in its place, or the old one where the new one may not be complete.
 *   <li>{@code StagedOutput} calls the other three: {@code recover} before something is opened or written, {@code
 *       sweep} to delete leftovers.
 * </ul>
 *
 * <p><b>What belongs to a stage.</b> A {@code Manifest} is the last file written of a stage. It names every other
 * file with its length and CRC-32C ({@code SavedFile}), so that loading and {@code nsvq verify} notice what is
 * missing, changed or additional ({@code SavedFiles}, {@code Damage}). A single file for FAISS has no room for
 * one: its checksum is in a {@code SideFile}.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.saving;
