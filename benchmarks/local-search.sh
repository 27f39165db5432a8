#!/usr/bin/env bash
# Recall and queries a second of the local searcher beside faiss's, one thread each, on fashion-mnist (784-D, 60,000 vectors), on
# files that faiss built and on spark-nsvq's own; and batch search with re-ranking:
#   benchmarks/local-search.sh     writes benchmarks/results/local-search.txt and local-search.svg
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive K=10
build
FILES=$DATA/fashion-mnist
PROBES=1,4,16,64

faiss() { # NAME FACTORY
    "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" build "$FILES/base.bvecs" "$FILES/base.bvecs" "$2" "$WORK/$1.faiss"
    THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" search "$WORK/$1.faiss" "$FILES/query.bvecs" \
        "$FILES/groundtruth.ivecs" "$PROBES" "$2"
    nsvq "$1"
}

nsvq() { # NAME
    benchmark LocalSearchSpeed "$WORK/$1.faiss" "$FILES/query.bvecs" "$FILES/groundtruth.ivecs" "$K" ${PROBES//,/ } \
        2>>"$WORK/stderr.txt"
}

spark() { # NAME CODEBOOKS BITS MORE...
    benchmark IvfRun input="$FILES/base.bvecs" index="$WORK/$1" export="$WORK/$1.faiss" set.numLists=256 set.quantizer=pq \
        set.numCodebooks="$2" set.codebookBits="$3" "${@:4}" 2>>"$WORK/stderr.txt"
}

{
    head_of "local-search.sh: fashion-mnist, 256 lists, $K neighbors, one thread, median of several runs"
    {
        faiss faiss-PQ56 IVF256,PQ56
        faiss faiss-PQ112x4fs IVF256,PQ112x4fs
        spark nsvq-PQ56 56 8
        nsvq nsvq-PQ56
    } | tee "$WORK/lines.txt" | "$PYTHON" "$ROOT/benchmarks/ivf_table.py"
    echo
    echo "# batch search by Spark on all cores, re-ranked by the vectors themselves (1,000 queries)"
    spark nsvq-rerank 56 8 queries="$FILES/query.bvecs" truth="$FILES/groundtruth.ivecs" k=10 probes=16,32,64 rerank=40 |
        grep '"search"'
} | tee "$WORK/result.txt"
"$PYTHON" "$ROOT/benchmarks/ivf_plot.py" "$WORK/lines.txt" "$WORK/plot.svg"
mv "$WORK/plot.svg" "$RESULTS/local-search.svg"
mv "$WORK/result.txt" "$RESULTS/local-search.txt"
