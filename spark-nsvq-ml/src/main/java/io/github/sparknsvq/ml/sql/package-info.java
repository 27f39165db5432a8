/** What spark-nsvq adds to Spark SQL: {@link io.github.sparknsvq.ml.sql.NsvqExtensions}. */
package io.github.sparknsvq.ml.sql;
