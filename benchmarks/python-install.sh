#!/usr/bin/env bash
# How long `pip install` and the quickstart of docs/python.md take in a fresh virtual environment and a fresh clone:
#   benchmarks/python-install.sh      writes benchmarks/results/python-install.txt
# Maven's and pip's caches are as this machine has them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export SPARK_LOCAL_IP=127.0.0.1
unset NSVQ_JAR

{
    head_of "python-install.sh: from a clone to the first codebook"
    git clone -q "$ROOT" "$WORK/clone"
    python3 -m venv "$WORK/venv"
    timed "pip install ./python (builds the jar)" "$WORK/venv/bin/pip" install --quiet "$WORK/clone/python"
    timed "pip install pyspark" "$WORK/venv/bin/pip" install --quiet "$WORK/clone/python[spark]"
    cat >"$WORK/quickstart.py" <<PYTHON
import sparknsvq as sn

spark = sn.builder().master("local[*]").getOrCreate()
model = sn.VQ(k=256).fit(spark.read.format("bvecs").load("$DATA/sift-photos/learn.bvecs"))
model.transform(spark.read.format("bvecs").load("$DATA/sift-photos/base.bvecs")).show()
PYTHON
    timed "quickstart: k = 256, 100,000 vectors of 128" "$WORK/venv/bin/python" "$WORK/quickstart.py"
    grep -q prediction "$WORK/stdout.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/python-install.txt"
