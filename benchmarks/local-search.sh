#!/usr/bin/env bash
# Recall and queries a second of the local searcher beside faiss's on fashion-mnist (784-D, 60,000 vectors), on files that faiss
# built and on spark-nsvq's own: 1,000 queries in one batch and one after the other on one thread, a batch on two; and batch
# search by Spark with re-ranking. With NEWER_JAVA_HOME set, the batches again on that Java. About 6 minutes.
#   benchmarks/local-search.sh     writes benchmarks/results/local-search.txt and local-search.svg
# Training is not measured here: faiss trains on 20,000 rows and 10 iterations for each codebook of 8 bits.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive K=10
build
FILES=$DATA/fashion-mnist
BATCHES=1,4,16,64
MORE=1/single,16/single,64/single,64/2

built() { # NAME FACTORY
    "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" build "$FILES/base.bvecs" "$FILES/base.bvecs" "$2" "$WORK/$1.faiss"
}

faiss() { # NAME FACTORY
    BASE="$FILES/base.bvecs" THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" search "$WORK/$1.faiss" \
        "$FILES/query.bvecs" "$FILES/groundtruth.ivecs" "$BATCHES,$MORE" "$2"
    nsvq "$1" "$BATCHES,$MORE"
}

nsvq() { # NAME PROBES
    JAVA_OPTIONS+=("-Dbase=$FILES/base.bvecs")
    benchmark LocalSearchSpeed "$WORK/$1.faiss" "$FILES/query.bvecs" "$FILES/groundtruth.ivecs" "$K" ${2//,/ } \
        2>>"$WORK/stderr.txt"
}

spark() { # NAME CODEBOOKS BITS MORE...
    benchmark IvfRun input="$FILES/base.bvecs" index="$WORK/$1" export="$WORK/$1.faiss" set.numLists=256 set.quantizer=pq \
        set.numCodebooks="$2" set.codebookBits="$3" "${@:4}" 2>>"$WORK/stderr.txt"
}

{
    head_of "local-search.sh: fashion-mnist, 256 lists, $K neighbors, 1,000 queries, median of 7 runs (faiss $("$PYTHON" -c \
        'import faiss; print(faiss.__version__)'))"
    {
        TRAIN_ROWS=20000 ITERATIONS=10 built faiss-PQ56 IVF256,PQ56
        faiss faiss-PQ56 IVF256,PQ56
        built faiss-PQ112x4fs IVF256,PQ112x4fs
        faiss faiss-PQ112x4fs IVF256,PQ112x4fs
        spark nsvq-PQ56 56 8
        nsvq nsvq-PQ56 "$BATCHES"
    } | tee "$WORK/lines.txt" | "$PYTHON" "$ROOT/benchmarks/local_search_table.py"
    if [[ -n ${NEWER_JAVA_HOME:-} ]]; then
        echo
        echo "# batches on Java $("$NEWER_JAVA_HOME/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9.]*\).*/\1/p')"
        for name in faiss-PQ56 faiss-PQ112x4fs; do
            JAVA_HOME=$NEWER_JAVA_HOME nsvq $name "$BATCHES"
        done | cat "$WORK/lines.txt" - | "$PYTHON" "$ROOT/benchmarks/local_search_table.py" | tail -n 8
    fi
    echo
    echo "# batch search by Spark on all cores, re-ranked by the vectors themselves (1,000 queries)"
    spark nsvq-rerank 56 8 queries="$FILES/query.bvecs" truth="$FILES/groundtruth.ivecs" k=10 probes=16,32,64 rerank=40 |
        grep '"search"'
} | tee "$WORK/result.txt"
"$PYTHON" "$ROOT/benchmarks/ivf_plot.py" "$WORK/lines.txt" "$WORK/plot.svg"
mv "$WORK/plot.svg" "$RESULTS/local-search.svg"
mv "$WORK/result.txt" "$RESULTS/local-search.txt"
