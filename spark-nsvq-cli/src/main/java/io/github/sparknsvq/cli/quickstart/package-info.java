/** The data of {@code nsvq quickstart}: found in a directory, or synthetic. Not API. */
package io.github.sparknsvq.cli.quickstart;
