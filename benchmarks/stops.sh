#!/usr/bin/env bash
# Kills commands in each of their operations on files, and looks at what a reader and the next command find:
#   benchmarks/stops.sh     writes benchmarks/results/stops.txt
# In StopsTest, which the build runs with some of the commands and operations.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
REPORT=$WORK/stops.txt
(cd "$ROOT" && ./mvnw -B -ntp test -pl spark-nsvq-cli -am -Dtest=StopsTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dnsvq.stops="$REPORT") >&2 2>"$WORK/stderr.txt"
{
    head_of "commands that are killed in each of their operations on files, and the next command"
    printf '%-34s %10s %9s %9s %6s\n' command operations "old state" "new state" failed
    cat "$REPORT"
} >"$RESULTS/stops.txt"
