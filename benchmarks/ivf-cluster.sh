#!/usr/bin/env bash
# An index of a million synthetic vectors of dimension 128, IVF1024,PQ16, built on a standalone cluster of two workers with
# one core and executors of 2 GB each, beside faiss on the same two cores; then 100,000 queries in batch:
#   benchmarks/ivf-cluster.sh     writes benchmarks/results/ivf-cluster.txt; SETTINGS="set.maxIter=2 ..." sets others than the defaults
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive
ROWS=${ROWS:-1000000}
QUERIES=${QUERIES:-100000}
build
start_cluster

submit() { # SETTINGS... -- ARGS...
    local settings=()
    while [[ $1 != -- ]]; do settings+=(--conf "$1"); shift; done
    shift
    "$JAVA" "${JAVA_OPTIONS[@]}" -Xmx2g -cp "$SPARK_HOME/jars/*" org.apache.spark.deploy.SparkSubmit --master "$MASTER" \
        --driver-memory 2g --executor-memory 2g --conf spark.ui.enabled=false --conf spark.log.level=WARN \
        --conf spark.executor.metrics.pollingInterval=200ms --conf spark.executor.heartbeatInterval=1s "${settings[@]}" \
        --jars "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" --class io.github.sparknsvq.benchmarks.IvfRun \
        "$(ls "$ROOT"/benchmarks/target/spark-nsvq-benchmarks-*.jar)" "$@" 2>>"$WORK/stderr.txt"
}

"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$ROWS" "$WORK/base.bvecs"
"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$QUERIES" "$WORK/queries.bvecs" 2
"$PYTHON" "$ROOT/benchmarks/synthetic.py" 1000 "$WORK/some.bvecs" 3
"$PYTHON" - "$PEERS" "$WORK" <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
from common import read
import faiss, numpy as np
base, some = (read(f"{sys.argv[2]}/{name}.bvecs") for name in ("base", "some"))
flat = faiss.IndexFlatL2(base.shape[1]); flat.add(base)
ids = flat.search(some, 100)[1].astype("<i4")
np.hstack([np.full((len(ids), 1), 100, "<i4"), ids]).tofile(f"{sys.argv[2]}/truth.ivecs")
PY

{
    head_of "ivf-cluster.sh: $ROWS x 128 (synthetic.py), IVF1024,PQ16, two workers with one core and an executor of 2 GB each"
    echo "# spark-nsvq: build (train and index), export, then $QUERIES queries for their 10 nearest in batch"
    submit -- input="$WORK/base.bvecs" index="$WORK/index" export="$WORK/nsvq.faiss" queries="$WORK/queries.bvecs" k=10 \
        probes=1,16 set.numLists=1024 set.quantizer=pq set.numCodebooks=16 ${SETTINGS:-}
    echo "# spark-nsvq, recall of 1,000 further queries, one thread"
    benchmark LocalSearchSpeed "$WORK/nsvq.faiss" "$WORK/some.bvecs" "$WORK/truth.ivecs" 100 1 16 2>>"$WORK/stderr.txt"
    echo "# faiss on both cores: train and add; recall of the same 1,000 queries, one thread"
    "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" build "$WORK/base.bvecs" "$WORK/base.bvecs" IVF1024,PQ16 "$WORK/peer.faiss"
    THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_ivf.py" "$PEERS" search "$WORK/peer.faiss" "$WORK/some.bvecs" \
        "$WORK/truth.ivecs" 1,16 IVF1024,PQ16
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/ivf-cluster.txt"
