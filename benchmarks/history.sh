#!/usr/bin/env bash
# A small history of figures by revision: each is a ratio to faiss in the same run, so that machines and their noise matter little:
#   benchmarks/history.sh [REVISION]   measures this checkout, or another revision, and adds it to benchmarks/results/history.tsv
# Ends with 1, and names them, if figures are more than 10 % below the second best of the last five revisions on such a machine: losses do
# not hide later ones. ROUNDS (3) sets the rounds.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive
HISTORY=("$PYTHON" "$ROOT/benchmarks/history.py")
PHOTOS=$DATA/sift-photos
FASHION=$DATA/fashion-mnist

if (($#)); then
    git clone -q "$ROOT" "$WORK/checkout"
    git -C "$WORK/checkout" checkout -q "$1"
    ROOT=$WORK/checkout
fi
build
CLASSPATH_ALL="$CLASSPATH_ALL:$(<"$ROOT/benchmarks/target/classpath.txt")"

nsvq() { # NAME KEY CLASS ARGS...
    benchmark "${@:3}" 2>>"$WORK/stderr.txt" | grep '^{' | "${HISTORY[@]}" take nsvq "$1" "$2" >>"$WORK/rows.jsonl"
}

faiss() { # WHAT ARGS...
    THREADS=${THREADS:-1} "${HISTORY[@]}" faiss "$PEERS" "$@" >>"$WORK/rows.jsonl"
}

"${HISTORY[@]}" faiss "$PEERS" index "$PHOTOS/base.bvecs" IVF256,PQ16 "$WORK/pq16.faiss"
"${HISTORY[@]}" faiss "$PEERS" index "$FASHION/base.bvecs" IVF256,PQ112x4fs "$WORK/pq112x4fs.faiss"
for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
    echo "round $round of ${ROUNDS:-3}" >&2
    nsvq "kernel 20000x128x4096" gflops KernelMain 20000x128x4096
    faiss kernel "kernel 20000x128x4096" 20000 128 4096
    nsvq "train pq 8x8, one thread" trainSeconds CodeSpeed 1 "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" pq/8/0/
    faiss train "train pq 8x8, one thread" "$PHOTOS/learn.bvecs" PQ8
    nsvq "encode pq 16x8" encodedPerSecond CodeSpeed 1 "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" pq/16/20000/maxIter=2
    faiss encode "encode pq 16x8" "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" PQ16
    nsvq "encode rq 8x8, beam 16" encodedPerSecond CodeSpeed 1 "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" \
        rq/8/20000/maxIter=2,jointIter=0,beam=16
    faiss encode "encode rq 8x8, beam 16" "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" RQ8x8
    nsvq "search IVF256,PQ16, 16 probes" queries_per_second LocalSearchSpeed "$WORK/pq16.faiss" "$PHOTOS/query.bvecs" \
        "$PHOTOS/groundtruth.ivecs" 10 16
    faiss search "search IVF256,PQ16, 16 probes" "$WORK/pq16.faiss" "$PHOTOS/query.bvecs" 10 16
    nsvq "search IVF256,PQ112x4fs, 16 probes" queries_per_second LocalSearchSpeed "$WORK/pq112x4fs.faiss" \
        "$FASHION/query.bvecs" "$FASHION/groundtruth.ivecs" 10 16
    faiss search "search IVF256,PQ112x4fs, 16 probes" "$WORK/pq112x4fs.faiss" "$FASHION/query.bvecs" 10 16
done
"${HISTORY[@]}" add "$WORK/rows.jsonl" "$RESULTS/history.tsv" "$(revision)" "$(date -u +%Y-%m-%d)" \
    "$(lscpu | sed -n 's/^Model name: *//p')"
