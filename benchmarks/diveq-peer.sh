#!/usr/bin/env bash
# Layers of the package diveq (PyPI, 0.1.3) and spark-nsvq's, on the same rows, codewords and draws:
#   NSVQ_DIVEQ_PYTHON=venv/bin/python benchmarks/diveq-peer.sh     writes benchmarks/results/diveq-peer.txt
# where venv has what `pip install torch diveq==0.1.3` installs. With classes built before, NSVQ_CLASSES is their class path.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if [[ -n ${NSVQ_CLASSES:-} ]]; then
    CLASSPATH_ALL=$NSVQ_CLASSES JAVA_OPTIONS=(--add-modules=jdk.incubator.vector)
else
    build
fi
{
    head_of "diveq-peer.sh: layers of diveq 0.1.3 and spark-nsvq's, on the same rows, codewords, draws and downstream gradients"
    "${NSVQ_DIVEQ_PYTHON:-$PYTHON}" "$ROOT/benchmarks/diveq_peer.py" "$WORK/cases.txt" 2>>"$WORK/stderr.txt"
    echo
    echo "# Greatest difference over the greatest value or 1; diveq computes in float64 here, spark-nsvq takes and gives float32 (6e-8)."
    echo "# SFDIVEQDetach is compared with SF-DiVeQ at sigma = 0, whose output is the point on the segment: it does not agree."
    benchmark layers.DiveqPeer "$WORK/cases.txt" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/diveq-peer.txt"
