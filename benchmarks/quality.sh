#!/usr/bin/env bash
# Mean squared error of trained codebooks beside faiss k-means after 25 iterations, three seeds:
#   benchmarks/quality.sh        writes benchmarks/results/quality.txt
# spark-nsvq: what `bin/nsvq train` reaches with its defaults; both are measured on the rows trained on.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

row() { # FILE K
    local faiss
    faiss=$("$PYTHON" "$PEERS/faiss_kmeans.py" "$1" "$2" 25)
    for seed in 1 2 3; do
        rm -rf "$WORK/model"
        "$ROOT/bin/nsvq" train --input "$1" --quantizer vq --k "$2" --seed "$seed" --output "$WORK/model" 2>>"$WORK/stderr.txt" >"$WORK/nsvq.json"
        "$PYTHON" - "$1" "$2" "$seed" "$WORK/nsvq.json" "$faiss" <<'PY'
import json, os, sys
file, k, seed = sys.argv[1:4]
nsvq, faiss = json.load(open(sys.argv[4])), json.loads(sys.argv[5])
theirs = faiss["msePerIteration"][-1]
name = os.path.basename(os.path.dirname(file)) + "/" + os.path.basename(file)
print(f"{name:28} {k:>5} {seed:>4} {nsvq['mse']:12.1f} {theirs:12.1f} {nsvq['mse'] / theirs:8.4f} {nsvq['dead']:5}")
PY
    done
}

{
    head_of "quality.sh: the defaults beside faiss $("$PYTHON" -c 'import faiss; print(faiss.__version__)') k-means (25 iterations)"
    printf '%-28s %5s %4s %12s %12s %8s %5s\n' data k seed 'nsvq mse' 'faiss mse' ratio dead
    row "$DATA/sift-photos/learn.bvecs" 256
    row "$DATA/sift-photos/learn.bvecs" 4096
    row "$DATA/fashion-mnist/base.bvecs" 1024
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/quality.txt"
