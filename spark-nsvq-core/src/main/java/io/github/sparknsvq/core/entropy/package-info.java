/**
 * API. Entropy coding of codes, by which the bits that {@code core.evaluation} reports become bytes: {@link
 * io.github.sparknsvq.core.entropy.FrequencyTable} says how often a codebook's codewords are used, {@link
 * io.github.sparknsvq.core.entropy.BlockCoder} codes blocks of rows by such tables. The coder is rANS with static
 * tables (Duda, Asymmetric numeral systems, arXiv:1311.2540).
 */
package io.github.sparknsvq.core.entropy;
