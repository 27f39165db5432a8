#!/usr/bin/env bash
# A VQ-VAE on 2,000 CIFAR-10 images with the layers of spark-nsvq-djl at its bottleneck: straight-through, EMA, NSVQ and
# DiVeQ, each without and with the same replacement of codewords; then product, residual and additive codebooks:
#   benchmarks/vq-vae.sh            writes benchmarks/results/vq-vae.txt and vq-vae.svg
#   benchmarks/vq-vae.sh results    the same from the runs that are there, without training
# One thread; about UPDATES * .025 s for each of 72 runs, and as long again for the several codebooks. What a run found is
# appended to RUNS (.work/vq-vae.jsonl) when it is done: a stopped script goes on where it was. PYTHON needs matplotlib.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
RUNS=${RUNS:-$ROOT/.work/vq-vae.jsonl}
UPDATES=${UPDATES:-1500} HIDDEN=${HIDDEN:-32} SEEDS=${SEEDS:-1,2,3} BITS=${BITS:-6,8,11}
SEVERAL_BITS=${SEVERAL_BITS:-16,24,40} SEVERAL_SEEDS=${SEVERAL_SEEDS:-1,2} SEVERAL_UPDATES=${SEVERAL_UPDATES:-$UPDATES}
mkdir -p "$(dirname "$RUNS")"

train() { # CODEBOOKS STRATEGIES REPLACEMENT BITS SEEDS UPDATES
    OMP_NUM_THREADS=1 nice -n 19 "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" -Xmx1g -XX:ActiveProcessorCount=1 -XX:+UseSerialGC \
        -Dai.djl.offline=true -DOPT_OUT_TRACKING=true -DDJL_CACHE_DIR="$WORK/djl" -DENGINE_CACHE_DIR="$WORK/djl" \
        -Dai.djl.pytorch.num_threads=1 -Dai.djl.pytorch.num_interop_threads=1 \
        -cp "$CLASSPATH_ALL" io.github.sparknsvq.benchmarks.network.VqVaeRuns "$DATA/images" "$RUNS" "$@" "$HIDDEN" 2> >(tee -a "$WORK/stderr.txt" >&2)
}

if [[ ${1:-} != results ]]; then
    build
    CLASSPATH_ALL="$ROOT/benchmarks/target/classes:$(<"$ROOT/benchmarks/target/classpath.txt")"
    train one ste,ema,nsvq,diveq false,true "$BITS" "$SEEDS" "$UPDATES"
    train product,residual,additive nsvq true "$SEVERAL_BITS" "$SEVERAL_SEEDS" "$SEVERAL_UPDATES"
fi
{
    head_of "vq-vae.sh: a VQ-VAE on CIFAR-10 images, 1,800 to train and 200 held out, $HIDDEN channels"
    "$PYTHON" "$ROOT/benchmarks/vq_vae_table.py" "$RUNS" "$WORK/vq-vae.svg" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/vq-vae.svg" "$RESULTS/vq-vae.svg"
mv "$WORK/result.txt" "$RESULTS/vq-vae.txt"
