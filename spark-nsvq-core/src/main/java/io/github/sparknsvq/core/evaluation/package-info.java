/**
 * How good codes are: how evenly they use the codewords, and how well a search over them finds what it should.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.evaluation;
