"""What faiss does beside benchmarks/ivf-build.sh and many-lists.sh.

  big_peers.py PEERS build BASE FACTORY FILE          trains, adds and writes: one line
  big_peers.py PEERS recall FILE BASE QUERIES PROBES  recall@10 of ten by distance, and lists' sizes of a faiss file
  big_peers.py PEERS lists BASE QUERIES CENTROIDS...  recall@10 of the nearest rows among lists' rows, by rows scanned
"""
import sys

sys.path.insert(0, sys.argv[1])
from common import THREADS, read, say, timed  # noqa: E402
import faiss  # noqa: E402
import numpy as np  # noqa: E402

if THREADS:
    faiss.omp_set_num_threads(THREADS)


def build(base, factory, file):
    base = read(base)
    index = faiss.index_factory(base.shape[1], factory)
    _, train_s = timed(lambda: index.train(base))
    _, add_s = timed(lambda: index.add(base))
    _, write_s = timed(lambda: faiss.write_index(index, file))
    say(who="faiss", step="build", seconds=round(train_s + add_s + write_s, 2), trainSeconds=round(train_s, 2))


def nearest(base, queries):
    flat = faiss.IndexFlatL2(base.shape[1])
    flat.add(base)
    return flat.search(queries, 10)


def of_ten(found, base, queries, tenth):
    """Neighbors that are at most as far as the tenth true one."""
    rows = base[np.maximum(found, 0)]
    distance = ((rows - queries[:, None]) ** 2).sum(2)
    return float(((distance <= tenth[:, None] * (1 + 1e-6)) & (found >= 0)).sum(1).clip(max=10).mean() / 10)


def variation(sizes):
    return round(float(np.std(sizes) / np.mean(sizes)), 3)


def recall(file, base, queries, probes):
    index, base, queries = faiss.read_index(file), read(base), read(queries)
    tenth = nearest(base, queries)[0][:, 9]
    lists = faiss.extract_index_ivf(index)
    sizes = [lists.invlists.list_size(i) for i in range(lists.nlist)]
    distances, _ = faiss.downcast_index(lists.quantizer).search(base, 1)
    say(file=file.split("/")[-1], coarseMse=round(float(distances.mean()), 1), variation=variation(sizes))
    for p in probes.split(","):
        lists.nprobe = int(p)
        found = index.search(queries, 10)[1]
        say(file=file.split("/")[-1], probes=int(p), recall10of10=round(of_ten(found, base, queries, tenth), 4))


def lists(base, queries, *centroids):
    base, queries = read(base), read(queries)
    truth, = nearest(base, queries)[1:]
    for file in centroids:
        codebook = np.fromfile(file, "<f4").reshape(-1, base.shape[1])
        flat = faiss.IndexFlatL2(base.shape[1])
        flat.add(codebook)
        of = flat.search(base, 1)[1][:, 0]
        sizes = np.bincount(of, minlength=len(codebook))
        order = flat.search(queries, min(512, len(codebook)))[1]
        scanned = sizes[order].cumsum(1)
        found = (of[truth][:, :, None] == order[:, None, :]).cumsum(2)  # per neighbor, whether its list came yet
        say(file=file.split("/")[-1], lists=len(codebook), variation=variation(sizes), empty=int((sizes == 0).sum()),
            largest=int(sizes.max()))
        for rows in (250, 1000, 4000):
            at = (scanned <= rows).sum(1).clip(1, order.shape[1]) - 1
            got = found[np.arange(len(queries)), :, at].mean()
            say(file=file.split("/")[-1], rowsScanned=round(float(scanned[np.arange(len(queries)), at].mean())),
                recall10of10=round(float(got), 4))


{"build": build, "recall": recall, "lists": lists}[sys.argv[2]](*sys.argv[3:])
