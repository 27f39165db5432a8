/**
 * Checks of what is saved, file by file: indexes, models, pipelines of them, and index files of FAISS.
 *
 * <p>{@link io.github.sparknsvq.ml.verification.Verification} is API.
 */
package io.github.sparknsvq.ml.verification;
