#!/usr/bin/env bash
# Whether tuning keeps its promises: four recalls on five data sets, tuned on a part and checked on other queries:
#   benchmarks/tune.sh [NAME...]     writes benchmarks/results/tune.txt
# With GATHERED=FILE results are gathered in that file, so that data sets may be run one by one.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
export SPARK_LOCAL_IP=127.0.0.1
GATHERED=${GATHERED:-$WORK/lines.txt}

tune() { # NAME BASE QUERIES METRIC
    benchmark serving.TunePromises "$1" "$2" "$3" "$4" "${BYTES:-32}" "${SAMPLE:-50000}" "${QUANTIZERS:-pq,opq,rq}" "$WORK" .8 .9 .95 .99 \
        2>>"$WORK/stderr.txt" | grep '^{' >>"$GATHERED"
}

measure() { # NAME
    case $1 in
        synthetic)
            "$PYTHON" "$ROOT/benchmarks/synthetic.py" 100000 "$WORK/base.bvecs"
            "$PYTHON" "$ROOT/benchmarks/synthetic.py" 1000 "$WORK/query.bvecs" 2
            tune synthetic "$WORK/base.bvecs" "$WORK/query.bvecs" l2
            ;;
        passages) tune "$1" "$DATA/$1/base.fvecs" "$DATA/$1/query.fvecs" ip ;;
        summaries) tune "$1" "$DATA/$1/base.fvecs" "$DATA/$1/query.fvecs" cosine ;;
        *) tune "$1" "$DATA/$1/base.bvecs" "$DATA/$1/query.bvecs" l2 ;;
    esac
}

(($#)) || set -- fashion-mnist sift-photos passages summaries synthetic
for name in "$@"; do
    measure "$name"
done
{
    head_of "tune.sh: recall asked for, and got on queries that tuning never saw, with codes of at most ${BYTES:-32} bytes"
    echo "# recall: share of the ten true neighbors that is among the ten found. Tuned on a sample of the rows, with three of five queries, of"
    echo "# which one of three is held out; the index is then built of all rows, by Spark, and searched for the other queries."
    echo "# promise: lower end of the 95 % interval on the queries held out. read: bytes that a query reads. s: seconds of tuning, which goes"
    echo "# on with the indexes that the target before has trained"
    echo
    "$PYTHON" "$ROOT/benchmarks/tune_table.py" <"$GATHERED"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/tune.txt"
