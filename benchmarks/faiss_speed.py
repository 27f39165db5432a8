"""faiss's training time and encoding speed: faiss_speed.py PEERS LEARN BASE FACTORY...

Prints a JSON line for each factory; residual quantizers are trained once and encode with several beams, with and without
use_beam_LUT; LSQ is trained with one iteration, since only its encoding is looked at. THREADS=1 fixes the thread count.
"""
import sys

sys.path.insert(0, sys.argv[1])
from common import THREADS, read, say, timed  # noqa: E402
import faiss  # noqa: E402

if THREADS:
    faiss.omp_set_num_threads(THREADS)
ENCODED = 20_000
learn, base = read(sys.argv[2]), read(sys.argv[3])


def encode(index, who, **more):
    rows = base[:2000] if "LSQ" in who else base[:ENCODED]
    speeds = []
    for _ in range(3):
        index.reset()
        _, seconds = timed(lambda: index.add(rows))
        speeds.append(len(rows) / seconds)
    say(who=who, encodedPerSecond=sorted(speeds)[1], **more)


for factory in sys.argv[4:]:
    index = faiss.index_factory(base.shape[1], factory)
    if factory.startswith("LSQ"):
        index.lsq.train_iters = 1
    _, seconds = timed(lambda: index.train(learn))
    if factory.startswith("RQ"):
        for beam in (5, 16):
            for lut in (0, 1):
                index.rq.max_beam_size = beam
                index.rq.use_beam_LUT = lut
                encode(index, f"faiss {factory} beam {beam}" + (" LUT" if lut else ""), trainSeconds=seconds)
        continue
    mse = None
    if "PQ" in factory:
        index.add(base)
        mse = float(((index.reconstruct_n(0, len(base)) - base) ** 2).sum(axis=1).mean())
    encode(index, "faiss " + factory, baseMse=mse, trainSeconds=None if factory.startswith("LSQ") else seconds)
