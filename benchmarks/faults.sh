#!/usr/bin/env bash
# Faults on a standalone cluster of two workers, in the middle of commands: an executor killed, a worker killed, a worker that
# joins, tasks run twice by speculation while one executor hangs, the driver of an export killed. What the command writes is
# compared with what it writes undisturbed:
#   benchmarks/faults.sh     writes benchmarks/results/faults.txt
# TRIALS (2) is how often each fault hits each command (executors twice as often), SEED that of the random numbers; ONLY, part of
# a fault's name, runs some of them and prints their rows. A run that was cut goes on from KEEP, a folder, if both name it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
spark_home
{
    [[ -n ${ONLY:-} ]] || head_of "faults.sh: faults in the middle of commands on a cluster of two workers"
    "$PYTHON" "$ROOT/benchmarks/faults.py" --java "$JAVA" --work "$WORK" --trials "${TRIALS:-2}" --only "${ONLY:-}" \
        --keep "${KEEP:-$WORK/keep}" \
        --options "$ROOT/spark-nsvq-cli/target/java.options" --jar "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" \
        --log "$ROOT/conf/log4j2.properties" --seed "${SEED:-1}"
} | tee "$WORK/faults.txt"
[[ -n ${ONLY:-} ]] || mv "$WORK/faults.txt" "$RESULTS/faults.txt"
