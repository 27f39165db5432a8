/**
 * The command line, {@link io.github.sparknsvq.cli.Nsvq}: one small class per command. The result is one JSON
 * document on stdout; progress and errors go to stderr.
 *
 * <p>Its commands, options, JSON keys and exit codes are a contract; its classes are not API.
 */
package io.github.sparknsvq.cli;
