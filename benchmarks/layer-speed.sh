#!/usr/bin/env bash
# Forward and backward passes of layers, spark-nsvq and JAX on the CPU, both with one thread:
#   NSVQ_JAX_PYTHON=venv/bin/python benchmarks/layer-speed.sh     writes benchmarks/results/layer-speed.txt
# where venv has what `pip install jax` installs. With classes built before, NSVQ_CLASSES is their class path.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if [[ -n ${NSVQ_CLASSES:-} ]]; then
    CLASSPATH_ALL=$NSVQ_CLASSES JAVA_OPTIONS=(--add-modules=jdk.incubator.vector)
else
    build
fi
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1)
export XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" OMP_NUM_THREADS=1 JAX_PLATFORMS=cpu
python=${NSVQ_JAX_PYTHON:-$PYTHON}
{
    head_of "layer-speed.sh: N = 4096 rows of D = 64, forward and backward; thousands of rows per second of CPU time, best of 3"
    echo "# JAX $("$python" -c 'import jax; print(jax.__version__)' 2>>"$WORK/stderr.txt"), compiled, float32; spark-nsvq computes a row in double"
    benchmark layers.LayerSpeed >"$WORK/rows.txt" 2>>"$WORK/stderr.txt"
    "$python" "$ROOT/benchmarks/layer_speed.py" >>"$WORK/rows.txt" 2>>"$WORK/stderr.txt"
    awk 'BEGIN { printf "%-18s %5s | %10s %8s %7s\n", "layer", "K", "spark-nsvq", "JAX", "ratio" }
        $1 == "jax" { printf "%-18s %5d | %10.1f %8.1f %7.2f\n", $2, $3, ours[$2, $3] / 1000, $4 / 1000, ours[$2, $3] / $4; next }
        { ours[$2, $3] = $4 }' "$WORK/rows.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/layer-speed.txt"
