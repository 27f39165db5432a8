#!/usr/bin/env bash
# One session that trains, encodes, builds, changes, searches and exports for an hour, on new data each round, and what it
# holds after each (memory, threads, buffers, broadcasts, cached RDDs, file descriptors, files), with a picture and a verdict:
#   benchmarks/soak.sh     writes benchmarks/results/soak.txt and soak.svg; ends with 1 where something grows
# MINUTES (60) is how long, ROWS (2,000) how many vectors a round. Fewer than 10 minutes are warm-up alone.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
export SPARK_LOCAL_IP=127.0.0.1
mkdir "$WORK/tmp"
# a heap that neither grows nor shrinks, so that the rest of the process's memory shows
JAVA_OPTIONS+=("-Djava.io.tmpdir=$WORK/tmp" -Xms1g -XX:+AlwaysPreTouch -XX:MetaspaceSize=256m)
HEAP=1g benchmark soak.Soak "$WORK" "${MINUTES:-60}" "${ROWS:-2000}" 2>"$WORK/stderr.txt" | tee "$WORK/rounds.jsonl" >&2
grew=0
{
    head_of "soak.sh: one session, ${MINUTES:-60} minutes, ${ROWS:-2000} new vectors of dimension 32 a round"
    echo "# Spark keeps 50 finished jobs, stages and queries, 256 KB of folders' listings and 8 threads in each of its three pools: by default"
    echo "# 1,000, 250 MB and 128, which fill for hours and would hide what grows."
    "$PYTHON" "$ROOT/benchmarks/soak_table.py" "$WORK/rounds.jsonl" "$WORK/soak.svg" || grew=$?
} >"$WORK/soak.txt"
cat "$WORK/soak.txt"
((grew < 2)) || exit $grew
mv "$WORK/soak.txt" "$WORK/soak.svg" "$RESULTS/"
exit $grew
