#!/usr/bin/env bash
# Another revision and this one beside each other, in turn within each round: the kernel, PQ training and encoding, local search:
#   benchmarks/revisions.sh OLD [ROUNDS]   writes benchmarks/results/revisions.txt
# Kernel, training and encoding on one thread each; sift-photos for training, fashion-mnist for search.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
old=${1:?which revision to compare with?}
rounds=${2:-5}
shapes=(100000x128x256 20000x128x4096 20000x784x1024 100000x8x256)
training=(pq/8/0/maxIter=10,localSteps=12,lloydIter=2 pq/16/50000/maxIter=5)
PHOTOS=$DATA/sift-photos
FASHION=$DATA/fashion-mnist

# The jars of a checkout, whichever module holds the command line there.
classpath() { # CHECKOUT
    local cli=$1/spark-nsvq-cli/target
    [[ -d $cli ]] || cli=$1/spark-nsvq-ml/target
    echo "$1/benchmarks/target/classes:$(ls "$cli"/*-fat.jar):$(<"$1/benchmarks/target/classpath.txt")"
}

with() { # OLD|NEW CLASS ARGS...
    CLASSPATH_ALL=${classpaths[$1]} benchmark "${@:2}" 2>>"$WORK/stderr.txt" | grep '^{' | sed "s/^{/{\"revision\": \"$1\", /"
}

both() { # CLASS ARGS...
    local order=(old new)
    if ((round % 2 == 0)); then order=(new old); fi
    for which in "${order[@]}"; do with "$which" "$@"; done | tee -a "$WORK/rows.jsonl" >&2
}

build
git clone -q "$ROOT" "$WORK/old"
git -C "$WORK/old" checkout -q "$old"
(cd "$WORK/old" && ./mvnw -q -B -ntp -DskipTests -Dquick package) >&2
declare -A classpaths=([old]=$(classpath "$WORK/old") [new]=$(classpath "$ROOT"))

for bits in 8 4; do
    with old IvfRun input="$FASHION/base.bvecs" index="$WORK/index$bits" export="$WORK/index$bits.faiss" set.numLists=256 \
        set.quantizer=pq set.numCodebooks=56 set.codebookBits=$bits set.maxIter=3 >/dev/null
done
for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    for shape in "${shapes[@]}"; do both KernelMain "$shape"; done
    both CodeSpeed 2 "$PHOTOS/learn.bvecs" "$PHOTOS/base.bvecs" "${training[@]}"
    for bits in 8 4; do
        both LocalSearchSpeed "$WORK/index$bits.faiss" "$FASHION/query.bvecs" "$FASHION/groundtruth.ivecs" 10 1 4 16 64
    done
done
{
    head_of "revisions.sh $old $rounds: new speed over old, median of $rounds rounds (lowest-highest of the rounds)"
    "$PYTHON" "$ROOT/benchmarks/revisions_table.py" "$WORK/rows.jsonl"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/revisions.txt"
