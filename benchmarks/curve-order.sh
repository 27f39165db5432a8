#!/usr/bin/env bash
# How many row groups of a Parquet table a search for nearest neighbors must read, by the order of the rows:
#   benchmarks/curve-order.sh     writes benchmarks/results/curve-order.txt
# BITS says which curves are trained, ROWS how many rows a row group has.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
export SPARK_LOCAL_IP=127.0.0.1

order() { # FOLDER BASE TRUTH QUERIES
    benchmark CurveOrder "$DATA/$1/$2" "$DATA/$1/$4" "$DATA/$1/$3" "${ROWS:-500}" "$WORK/$1" "${BITS:-8,10}" 2>>"$WORK/stderr.txt"
}

{
    head_of "curve-order.sh: row groups that a search for the 10 nearest neighbors must read"
    echo "# hold: share of the row groups that the true 10 nearest neighbors of a query are in, mean over queries: what a search that knew"
    echo "# them would read (all in one would be 1 / groups). The others are what Parquet's statistics of the column of positions leave of"
    echo "# a filter that has 90 % of the true 10 nearest: window, positions within w of the query's own, one w for all queries; segments,"
    echo "# positions on the p segments of the curve that are nearest to the query, one p for all. The rows of the first two orders have"
    echo "# the first principal component in that column. seconds: sorting and writing"
    echo
    order passages base.fvecs groundtruth_l2.ivecs query.fvecs
    order sift-photos base.bvecs groundtruth.ivecs query.bvecs
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/curve-order.txt"
