#!/usr/bin/env bash
# The NSVQ paper's toy experiment (generators inferred), all 16 cells, beside scikit-learn's MiniBatchKMeans:
#   benchmarks/toy.sh            writes benchmarks/results/toy.txt and toy.svg
#   benchmarks/toy.sh table      the same from what is done so far ('not done' stands where something is missing)
# Cells that are done stay in TOY_STATE, so that a run that was stopped goes on. RUN_WITH is put before the command of each cell
# (such as "nice -n 19"). NSVQ_CLASSPATH holds classes that are built already. NSVQ_PYTHON needs scikit-learn.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
POINTS=${POINTS:-1000000} EPOCHS=${EPOCHS:-100} SKLEARN_EPOCHS=${SKLEARN_EPOCHS:-20}
SEEDS=${SEEDS:-1,2,3,4,5} STE_SEEDS=${STE_SEEDS:-1,2,3} SIZES=${SIZES:-64 256 1024 4096}
LARGE=${LARGE:-4096} LARGE_SEEDS=${LARGE_SEEDS:-1,2} LARGE_STE_SEEDS=${LARGE_STE_SEEDS:-1} LARGE_SKLEARN_SEEDS=${LARGE_SKLEARN_SEEDS:-1}
STATE=${TOY_STATE:-$ROOT/benchmarks/target/toy}
REVISION=$(git -C "$ROOT" rev-parse --short HEAD)
read -ra RUN_WITH <<<"${RUN_WITH:-}"
mkdir -p "$STATE"

cells() { # DATA K SEEDS METHODS...: by spark-nsvq
    local data=$1 k=$2 seeds=$3
    shift 3
    "${RUN_WITH[@]}" "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" -Xmx2g -XX:ActiveProcessorCount=1 -cp "$CLASSPATH_ALL" \
        io.github.sparknsvq.benchmarks.toy.ToyCells "$STATE" "$data" "$k" "$EPOCHS" "$REVISION" "$seeds" "$@" 2>>"$STATE/stderr.txt"
}

sklearn() { # DATA K EPOCHS SEEDS
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "${RUN_WITH[@]}" "$PYTHON" "$ROOT/benchmarks/toy_sklearn.py" fit "$STATE" "$@" 2>>"$STATE/stderr.txt"
}

if [[ ${1:-} != table ]]; then
    if [[ -n ${NSVQ_CLASSPATH:-} ]]; then
        CLASSPATH_ALL=$NSVQ_CLASSPATH JAVA_OPTIONS=(--add-modules jdk.incubator.vector)
    else
        build
    fi
    [[ -f $STATE/swiss-roll.fvecs ]] || "$PYTHON" "$ROOT/benchmarks/toy_sklearn.py" points "$STATE" "$POINTS"
    for k in $SIZES; do
        for data in blobs circles moons swiss-roll; do
            "$PYTHON" "$ROOT/benchmarks/toy_sklearn.py" starts "$STATE" "$data" "$k" "$SEEDS"
            cells "$data" "$k" "$SEEDS" default
            if ((k < LARGE)); then
                cells "$data" "$k" "$SEEDS" nsvq
                cells "$data" "$k" "$STE_SEEDS" ste
                sklearn "$data" "$k" "$SKLEARN_EPOCHS" "$SEEDS"
            else
                cells "$data" "$k" "$LARGE_SEEDS" nsvq
                cells "$data" "$k" "$LARGE_STE_SEEDS" ste
                sklearn "$data" "$k" "$SKLEARN_EPOCHS" "$LARGE_SKLEARN_SEEDS"
            fi
        done
    done
    # what replacement does, and the repair at the end; whether scikit-learn's other passes matter
    cells swiss-roll 64 "$SEEDS" nsvq-without nsvq-repaired ste-with
    for data in circles swiss-roll; do
        sklearn "$data" 64 "$EPOCHS" 1
    done
    sklearn swiss-roll 256 "$EPOCHS" 1
    # differential evolution as a start beside k-means++: the codebooks themselves, and after the same training
    for data in circles swiss-roll; do
        cells "$data" 16 "$SEEDS" plus-plus-start evolution-start plus-plus-trained evolution-trained
        cells "$data" 64 "$SEEDS" plus-plus-start evolution-start plus-plus-trained evolution-trained
    done
fi
{
    head_of "toy.sh: the NSVQ paper's toy experiment, MSE (mean over elements), points in 2-D"
    "$PYTHON" "$ROOT/benchmarks/toy_table.py" "$STATE/runs.jsonl"
} | tee "$WORK/result.txt"
"$PYTHON" "$ROOT/benchmarks/toy_picture.py" "$STATE" >"$WORK/toy.svg"
mv "$WORK/result.txt" "$RESULTS/toy.txt"
mv "$WORK/toy.svg" "$RESULTS/toy.svg"
