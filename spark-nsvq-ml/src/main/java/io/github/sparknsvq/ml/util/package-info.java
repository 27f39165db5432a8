/** What the stages need of Spark and Hadoop: columns of vectors, saving and loading. */
package io.github.sparknsvq.ml.util;
