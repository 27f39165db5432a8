#!/usr/bin/env bash
# Indexes of inverted lists on sift-photos beside faiss's, and spark-nsvq's files in faiss:
#   benchmarks/ivf.sh     writes benchmarks/results/ivf.txt
# Both are built on all cores and searched on one thread: that of spark-nsvq is built by Spark, exported, and searched in the file.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive
build
held_out sift-photos
LEARN=$DATA/sift-photos/learn.bvecs
PROBES=1,4,16,64
TABLE=("$PYTHON" "$ROOT/benchmarks/ivf_table.py")

nsvq() { # NAME QUANTIZER CODEBOOKS
    benchmark IvfRun train="$LEARN" input="$HELD/base.fvecs" index="$WORK/$1" export="$WORK/$1.faiss" \
        set.numLists=256 set.quantizer="$2" set.numCodebooks="$3" 2>>"$WORK/stderr.txt"
    benchmark LocalSearchSpeed "$WORK/$1.faiss" "$HELD/query.fvecs" "$HELD/groundtruth.ivecs" 100 ${PROBES//,/ } \
        2>>"$WORK/stderr.txt"
}

faiss() { # FACTORY PROBES
    "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" build "$LEARN" "$HELD/base.fvecs" "$1" "$WORK/peer.faiss"
    THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" search "$WORK/peer.faiss" "$HELD/query.fvecs" \
        "$HELD/groundtruth.ivecs" "$2" "$1"
}

same() { # NAME
    for probes in ${PROBES//,/ }; do
        benchmark LocalNeighbors "$WORK/$1.faiss" "$DATA/sift-photos/query.bvecs" 100 "$probes" "$WORK/found" 2>>"$WORK/stderr.txt"
        THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" same "$WORK/$1.faiss" "$DATA/sift-photos/query.bvecs" "$probes" "$WORK/found"
    done
}

{
    head_of "ivf.sh: sift-photos, trained on learn, base indexed, 10,000 queries held out; searches on one thread, median"
    {
        nsvq pq8 pq 8
        nsvq rq8 rq 8
        faiss IVF256,PQ8 "$PROBES"
        # which decodes every code: once, and not at 64 probes, where it would take minutes
        REPEATS=1 faiss IVF256,RQ8x8 1,4,16
    } | "${TABLE[@]}"
    echo
    echo "# files of spark-nsvq searched by it and by faiss, 100 neighbors of each of 1,000 queries"
    same pq8
    same rq8
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/ivf.txt"
