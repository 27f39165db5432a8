/**
 * The functions that spark-nsvq adds to Spark SQL: encoding, decoding and measuring with saved models, searching a
 * saved index, and what an index holds.
 *
 * <p>Not API but for the functions themselves, which {@code docs/sql.md} describes: may change in any release.
 */
package io.github.sparknsvq.ml.sql.functions;
