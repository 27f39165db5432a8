#!/usr/bin/env bash
# How long the two commands of the README take in a fresh clone with an empty Maven repository, and what the second one tested:
#   benchmarks/first-run.sh      writes benchmarks/results/first-run.txt; half an hour
# What the tests compare with, where it is there (NSVQ_PYTHON with faiss, NSVQ_SPARK_JARS, OpenCL), is that of the environment, as in CI.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export SPARK_LOCAL_IP=127.0.0.1 MAVEN_USER_HOME=$WORK/maven MAVEN_ARGS=-Dmaven.repo.local=$WORK/maven/repository
unset NSVQ_JAR

{
    head_of "first-run.sh: the README's commands in a fresh clone, Maven's repository and wrapper empty"
    git clone -q "$ROOT" "$WORK/clone"
    cd "$WORK/clone"
    timed "bin/nsvq quickstart" bin/nsvq quickstart
    echo "# it ends with:"
    sed 's/^/    /' "$WORK/stdout.txt"
    grep -E '^nsvq:  .*(lists|%)|the index:' "$WORK/stderr.txt" | sed 's/^/    /'
    timed "./mvnw verify" ./mvnw -B -ntp verify
    grep -E '^\[INFO\] spark-nsvq.* SUCCESS' "$WORK/stdout.txt" | sed 's/^\[INFO\]/   /'
    "$PYTHON" "$ROOT/benchmarks/tests_run.py" "$WORK/clone"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/first-run.txt"
