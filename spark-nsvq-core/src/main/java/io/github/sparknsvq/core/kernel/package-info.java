/**
 * The loops that cost the time: the search for a row's nearest codewords ({@link
 * io.github.sparknsvq.core.kernel.NearestCodeword}), the scan of a list's codes ({@link
 * io.github.sparknsvq.core.kernel.ScanKernel}) and sums of table entries ({@link
 * io.github.sparknsvq.core.kernel.SumKernel}). Each is an interface with an implementation in plain Java and one on
 * the Vector API; {@link io.github.sparknsvq.core.kernel.NearestCodewordProviders} chooses at run time and keeps the
 * reason as text.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.kernel;
