#!/usr/bin/env bash
# Kills (-9) drivers and executors at random times, as commands train and build on a standalone cluster of two workers,
# runs each killed command again, and compares what it writes with that of a run that nobody disturbed:
#   benchmarks/kills.sh     writes benchmarks/results/kills.txt
# KILLS is their number, SEED that of the random numbers.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
spark_home
{
    head_of "kill -9 of drivers and executors on a cluster of two workers, and the same command again"
    "$PYTHON" "$ROOT/benchmarks/kills.py" --java "$JAVA" --work "$WORK" --kills "${KILLS:-40}" \
        --options "$ROOT/spark-nsvq-cli/target/java.options" --jar "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" \
        --log "$ROOT/conf/log4j2.properties" --seed "${SEED:-1}"
} >"$WORK/kills.txt"
mv "$WORK/kills.txt" "$RESULTS/kills.txt"
