#!/usr/bin/env bash
# IVF1024,PQ16 of a million synthetic vectors of dimension 128 built through Spark and by faiss, each on both cores, in
# turns; then what both find:
#   benchmarks/ivf-build.sh     writes benchmarks/results/ivf-build.txt; ROWS, REPEATS and SETTINGS change it
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ROWS=${ROWS:-1000000}
REPEATS=${REPEATS:-3}
LISTS=${LISTS:-1024}
# maxIter=-1 is what there is by default
SETTINGS=${SETTINGS:-maxIter=-1 maxIter=2}
build
"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$ROWS" "$WORK/base.bvecs"
"$PYTHON" "$ROOT/benchmarks/synthetic.py" 1000 "$WORK/some.bvecs" 3
{
    head_of "ivf-build.sh: $ROWS x 128 (synthetic.py), IVF$LISTS,PQ16, train, assign, encode and write"
    for settings in $SETTINGS; do
        echo "# params beside the defaults: $settings"
        benchmark big.IndexBuilds "$WORK/base.bvecs" "$WORK/index" "$REPEATS" \
            "numLists=$LISTS,quantizer=pq,numCodebooks=16,$settings" "$WORK/nsvq.faiss" \
            env THREADS=2 "$PYTHON" "$ROOT/benchmarks/big_peers.py" "$PEERS" build "$WORK/base.bvecs" "IVF$LISTS,PQ16" \
            "$WORK/peer.faiss" 2>>"$WORK/stderr.txt"
        echo "# what they find: 1,000 further queries; neighbors by their distances"
        for file in nsvq peer; do
            "$PYTHON" "$ROOT/benchmarks/big_peers.py" "$PEERS" recall "$WORK/$file.faiss" "$WORK/base.bvecs" \
                "$WORK/some.bvecs" 1,16
        done
        rm -rf "$WORK/index" "$WORK"/{nsvq,peer}.faiss
        echo
    done
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/ivf-build.txt"
