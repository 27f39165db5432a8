/**
 * API. Codes in fewer bytes: {@link io.github.sparknsvq.ml.entropy.EntropyCodes} writes the codes that a model gave
 * entropy-coded to a directory, block by block, and reads them back as they were.
 */
package io.github.sparknsvq.ml.entropy;
