#!/usr/bin/env bash
# Entropy coding of codes: bits a row and speed, beside entropy, Huffman's code, zstd and plain Parquet:
#   benchmarks/entropy.sh        writes benchmarks/results/entropy.txt
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
export SPARK_LOCAL_IP=127.0.0.1
mkdir "$WORK/codes"
{
    head_of "entropy.sh: bits a row of codes, entropy-coded and otherwise; sift-photos (base), images: fashion-mnist (base)"
    echo "# trained on 20,000 rows; rq, ends below s: --error-threshold of s times the variance of the data, no joint passes"
    echo "# whole: packed codes, whole bits; entropy: what encode reports as bits; rANS: codedBits of encode --entropy, blocks of 16,384 rows;"
    echo "# Huffman: mean length of its code for each codebook, computed; zstd: level 3, all packed codes at once"
    echo "# tables, ids: Parquet files of frequency tables, and of blocks without the coded codes. Parq.: id and code as encode writes them"
    echo "# (Parquet, snappy), total: all that encode --entropy writes; bits a row, too"
    echo "# code s, dec. s: CPU seconds of one thread for all rows, without Spark; M/s: million indices (and lengths) a second"
    benchmark classical.EntropySizes "$DATA/sift-photos/learn.bvecs" "$DATA/sift-photos/base.bvecs" \
        "$DATA/fashion-mnist/base.bvecs" "$WORK/codes" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/entropy.txt"
