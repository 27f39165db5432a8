/**
 * The command line, {@link io.github.sparknsvq.cli.Nsvq}: one small class per command. The result is one JSON document
 * on stdout; progress and errors go to stderr.
 */
package io.github.sparknsvq.cli;
