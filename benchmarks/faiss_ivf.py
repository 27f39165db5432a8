"""A faiss index of inverted lists, or one that spark-nsvq wrote.

  faiss_ivf.py PEERS build LEARN BASE FACTORY FILE             trains on LEARN, adds BASE, writes FILE
  faiss_ivf.py PEERS search FILE QUERY TRUTH PROBES NAME       searches FILE for K (100) neighbors, median of REPEATS (5);
                                                               64/single searches for one query after the other, 64/2
                                                               on two threads; BASE: vectors to count recall by distance
  faiss_ivf.py PEERS same FILE QUERY PROBES FOUND               searches spark-nsvq's file, compares with what it found
"""
import os
import sys

sys.path.insert(0, sys.argv[1])
from common import THREADS, read, recall, say, timed  # noqa: E402
import faiss  # noqa: E402
import numpy as np  # noqa: E402

K = int(os.environ.get("K", "100"))
REPEATS = int(os.environ.get("REPEATS", "5"))
if THREADS:
    faiss.omp_set_num_threads(THREADS)


def build(learn, base, factory, file):
    learn, base = read(learn, int(os.environ.get("TRAIN_ROWS", "0")) or None), read(base)
    index = faiss.index_factory(base.shape[1], factory)
    iterations = int(os.environ.get("ITERATIONS", "25"))  # of each codebook's training
    if hasattr(index, "pq"):
        index.pq.cp.niter = iterations
    _, train_s = timed(lambda: index.train(learn))
    _, add_s = timed(lambda: index.add(base))
    faiss.write_index(index, file)
    say(who="faiss", step="build", index=factory, trainSeconds=round(train_s, 1), buildSeconds=round(add_s, 1))


def search(file, query, truth, probes, name):
    index, query, truth = faiss.read_index(file), read(query), read(truth)
    base = read(os.environ["BASE"]) if "BASE" in os.environ else None
    for setting in probes.split(","):
        p, _, mode = setting.partition("/")
        faiss.extract_index_ivf(index).nprobe = int(p)
        if mode not in ("", "single"):
            faiss.omp_set_num_threads(int(mode))

        def run():
            if mode != "single":
                return index.search(query, K)
            parts = [index.search(query[i:i + 1], K) for i in range(len(query))]
            return np.vstack([part[0] for part in parts]), np.vstack([part[1] for part in parts])

        if REPEATS > 1:
            run()
        runs = [timed(run) for _ in range(REPEATS)]
        speeds = sorted(len(query) / run[1] for run in runs)
        row = {} if base is None else {"ofTen": of_ten(base, query, truth, runs[0][0][1])}
        say(who="faiss", index=name, probes=int(p), mode={"": "batch", "single": mode}.get(mode, f"batch, {mode} threads"),
            **recall(runs[0][0][1], truth), **row, queriesPerSecond=round(float(np.median(speeds))),
            slowest=round(speeds[0]), fastest=round(speeds[-1]))
        faiss.omp_set_num_threads(THREADS or os.cpu_count())


def of_ten(base, query, truth, found):
    """Share of neighbors that are no farther than the true tenth: of equally near ones any is right."""
    def squared(ids):
        return ((base[ids].astype("float64") - query[:, None, :]) ** 2).sum(axis=2)
    return round(float((squared(found[:, :10]) <= squared(truth[:, 9:10])).mean()), 4)


def same(file, query, probes, nsvq):
    index, query = faiss.read_index(file), read(query)
    faiss.extract_index_ivf(index).nprobe = int(probes)
    raw = np.fromfile(nsvq, dtype="uint8")
    k = len(raw) // 12 // len(query)
    ids = raw[: 8 * len(query) * k].view("<i8").reshape(-1, k)
    distances = raw[8 * len(query) * k:].view("<f4").reshape(-1, k)
    theirs, found = index.search(query, k)
    if index.metric_type == faiss.METRIC_INNER_PRODUCT:
        theirs = -theirs
    rounding = 2e-6 * (np.abs(theirs) + (query ** 2).sum(axis=1, keepdims=True))
    far = np.abs(theirs - distances) > rounding
    differ = wrong = 0
    for q in range(len(query)):
        for i in range(k):
            if ids[q, i] != found[q, i]:
                differ += 1
                # at the same distance as this neighbor, or as the last one, which cuts off its equals
                close = np.abs(theirs[q] - distances[q, i]) <= 2 * rounding[q]
                wrong += int(ids[q, i] not in found[q][close] and not close[-1])
    say(index=file.split("/")[-1], probes=int(probes), neighbors=int(ids.size), distancesThatDiffer=int(far.sum()),
        otherIdAtTheSameDistance=differ - wrong, otherIdAtAnotherDistance=wrong)


{"build": build, "search": search, "same": same}[sys.argv[2]](*sys.argv[3:])
