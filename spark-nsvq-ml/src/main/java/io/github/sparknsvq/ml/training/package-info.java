/** Training rows packed once on the executors, and the distributed side of the training loop over them. */
package io.github.sparknsvq.ml.training;
