#!/usr/bin/env bash
# What the Python package costs beside Java: fit, transform and search of sift-photos, in turns in one JVM:
#   benchmarks/python-overhead.sh [ROUNDS]     writes benchmarks/results/python-overhead.txt
# On Spark 4.1.4; the package is taken from the sources.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python=$("$ROOT/.ci/spark" 4.1.4)
export PYTHONPATH=$ROOT/python/src${PYTHONPATH:+:$PYTHONPATH} SPARK_LOCAL_IP=127.0.0.1
# with classes built before: NSVQ_JAR and NSVQ_CLASSES name them
[[ -n ${NSVQ_JAR:-} ]] || build
CLASSES=${NSVQ_CLASSES:-$ROOT/benchmarks/target/classes}

{
    head_of "python-overhead.sh: sift-photos; the Python package beside Java, alternating, in one JVM"
    "$python" "$ROOT/benchmarks/python_overhead.py" "$DATA/sift-photos" "$CLASSES" "$WORK/index" "${1:-15}" \
        2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/python-overhead.txt"
