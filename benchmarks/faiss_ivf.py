"""A faiss index of inverted lists, or one that spark-nsvq wrote.

  faiss_ivf.py PEERS build LEARN BASE FACTORY FILE             trains on LEARN, adds BASE, writes FILE
  faiss_ivf.py PEERS search FILE QUERY TRUTH PROBES NAME       searches FILE for K (100) neighbors, median of REPEATS (5)
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
    learn, base = read(learn), read(base)
    index = faiss.index_factory(base.shape[1], factory)
    _, train_s = timed(lambda: index.train(learn))
    _, add_s = timed(lambda: index.add(base))
    faiss.write_index(index, file)
    say(who="faiss", step="build", index=factory, trainSeconds=round(train_s, 1), buildSeconds=round(add_s, 1))


def search(file, query, truth, probes, name):
    index, query, truth = faiss.read_index(file), read(query), read(truth)
    for p in probes.split(","):
        faiss.extract_index_ivf(index).nprobe = int(p)
        index.search(query[:100], K)
        runs = [timed(lambda: index.search(query, K)) for _ in range(REPEATS)]
        say(who="faiss", index=name, probes=int(p), **recall(runs[0][0][1], truth),
            queriesPerSecond=round(len(query) / float(np.median([r[1] for r in runs]))))


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
