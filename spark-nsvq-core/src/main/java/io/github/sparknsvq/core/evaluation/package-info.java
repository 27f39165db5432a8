/** How good codes are: how evenly they use the codewords, and how well a search over them finds what it should. */
package io.github.sparknsvq.core.evaluation;
