#!/usr/bin/env bash
# Damages an index with segments and deletions, two models and a file for faiss, one file at a time in a dozen ways, and says what
# noticed it: loading, searching or nsvq verify (MutationTest with all its mutations; minutes):
#   benchmarks/mutations.sh     writes benchmarks/results/mutations.txt
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
(cd "$ROOT" && ./mvnw -B -ntp test -pl spark-nsvq-ml -am -Dtest=MutationTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dnsvq.mutations="$WORK/table.txt") >"$WORK/stderr.txt" 2>&1
{
    head_of "mutations.sh: one file damaged at a time; what noticed it"
    cat "$WORK/table.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/mutations.txt"
