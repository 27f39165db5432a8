#!/usr/bin/env bash
# Time until the cost that MLlib's KMeans has after 20 iterations:
#   benchmarks/time-to-cost.sh   writes benchmarks/results/time-to-cost.txt
# MLlib (block solver) and ours start from the same codewords on the same cached rows, in turns in one JVM on local[2];
# faiss runs right after on two threads from a random start of its own. k = 4096 takes MLlib some minutes a fit.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build

row() { # K ROUNDS OURS...
    local k=$1 rounds=$2
    shift 2
    benchmark TimeToCost "$DATA/sift-photos/learn.bvecs" "$k" "$rounds" "$@" 2>>"$WORK/stderr.txt" >"$WORK/fits.jsonl"
    for _ in 1 2 3; do THREADS=2 "$PYTHON" "$PEERS/faiss_kmeans.py" "$DATA/sift-photos/learn.bvecs" "$k" 25; done >"$WORK/faiss.jsonl"
    "$PYTHON" - "$k" "$WORK/fits.jsonl" "$WORK/faiss.jsonl" <<'PY'
import json, statistics as st, sys
k = sys.argv[1]
fits = [json.loads(l) for l in open(sys.argv[2])]
faiss = [json.loads(l) for l in open(sys.argv[3])]
# the first round warms the JVM up; it counts only where it is the only one
rounds = max(f["round"] for f in fits)
warm = [f for f in fits if f["round"] > 0 or rounds == 0]
target = st.mean(f["cost"] for f in warm if f["who"] == "mllib")
mllib = st.median(f["seconds"] for f in warm if f["who"] == "mllib")

def line(who, seconds, cost, note=""):
    s = st.median(seconds)
    print(f"{k:>5} {who:34} {s:8.2f} {min(seconds):8.2f} {max(seconds):8.2f} {cost:10.1f} {mllib / s:8.1f}  {note}")

for who in dict.fromkeys(f["who"] for f in fits):
    mine = [f for f in warm if f["who"] == who]
    cost = st.mean(f["cost"] for f in mine)
    line(who, [f["seconds"] for f in mine], cost, "" if who == "mllib" else "reaches it" if max(f["cost"] for f in mine) <= target else "does not reach it")
for f in faiss[:1]:
    reached = [i for i, m in enumerate(f["msePerIteration"]) if m <= target]
    needed = reached[0] if reached else None
    share = needed / 25 if needed is not None else 1
    note = f"reaches it after {needed} of 25 iterations" if needed is not None else "does not reach it in 25 iterations"
    line("faiss, 2 threads", [g["seconds"] * share for g in faiss], f["msePerIteration"][needed if needed is not None else -1], note)
PY
}

{
    head_of "time-to-cost.sh: seconds from fit call to fit return until MLlib's cost after 20 iterations, sift-photos/learn"
    echo "# ours: maxIter/batchSize/localSteps/learningRate/finalRate/lloydIter"
    printf '%5s %-34s %8s %8s %8s %10s %8s\n' k who median min max cost 'x MLlib'
    row 256 "${ROUNDS:-6}" ${OURS_256:-6/2048/49/0.3/0.05/1}
    row 4096 "${ROUNDS_4096:-2}" ${OURS_4096:-8/8192/13/0.3/0.05/2}
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/time-to-cost.txt"
