/** Reports: what a command did, as one HTML page that needs nothing else. Knows no command. */
package io.github.sparknsvq.cli.report;
