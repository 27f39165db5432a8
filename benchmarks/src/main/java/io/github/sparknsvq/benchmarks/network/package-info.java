/** A VQ-VAE on small images, with layers of spark-nsvq-djl at its bottleneck. */
package io.github.sparknsvq.benchmarks.network;
