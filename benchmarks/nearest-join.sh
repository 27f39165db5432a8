#!/usr/bin/env bash
# JOIN ... APPROX NEAREST of Spark 4.2 and later, answered by an index and by Spark's own plan: seconds, recall@10 of the SQL's own exact
# answer, and whether the neighbors are those of IvfIndexModel.join:
#   benchmarks/nearest-join.sh [VERSION ...]     (4.2.1 4.3.0) writes benchmarks/results/nearest-join.txt
# Spark's own plan compares each query with each row: of 10,000 queries it gets OWN_SIFT (200), of 1,000 OWN_SUMMARIES (1,000), and its
# seconds are given for all queries in proportion.
# shellcheck source=benchmarks/common.sh
source "$(dirname "$0")/common.sh"

versions=("${@:-4.2.1}")
(($#)) || versions+=(4.3.0)
if [[ -z ${NSVQ_JAR:-} ]]; then
    build
    NSVQ_JAR=$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)
fi
export SPARK_LOCAL_IP=127.0.0.1

{
    head_of "nearest-join.sh: the SQL 'q JOIN base APPROX NEAREST 10 BY DISTANCE vector_l2_distance(q.vector, base.features)', rule on and off, warm"
    for version in "${versions[@]}"; do
        python=$("$ROOT/.ci/spark" "$version")
        rm -rf "$WORK/data"
        "$python" "$ROOT/benchmarks/nearest_join.py" "$NSVQ_JAR" "$DATA" "$WORK/data" \
            "${OWN_SUMMARIES:-1000}" "${OWN_SIFT:-200}" 2>>"$WORK/stderr.txt"
    done
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/nearest-join.txt"
