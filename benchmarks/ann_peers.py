"""Recall@10 against queries a second of faiss with re-ranking, ScaNN and hnswlib, one thread:
    ann_peers.py PEERS FOLDER build WORK        builds their indexes, on two threads
    ann_peers.py PEERS FOLDER search WORK NAME  searches; one JSON line a point

Recall is the share of the ten found that are no farther than the tenth true neighbor, on average; speed that of the fastest of REPEATS runs
(default 3) through all queries after a first one. Settings are swept around recalls of .95 and .99."""

import json
import os
import sys
import time

peers, folder, step, work = sys.argv[1:5]
threads = 2 if step == "build" else 1
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
sys.path.insert(0, peers)
import numpy as np  # noqa: E402
from common import find, read  # noqa: E402

K = 10
REPEATS = int(os.environ.get("REPEATS", "3"))
base, queries = read(find(folder, "base")), read(find(folder, "query"))
truth = read(find(folder, "groundtruth"))[:, :K]
n, d = base.shape
hard = "summaries" in os.path.basename(folder.rstrip("/"))  # most lists must be looked at
# as many parts as spark-nsvq's first index has: of four values, or of two
parts = d // 2 if hard or d <= 128 else d // 4


def distances(query, rows):
    difference = base[rows].astype(np.float64) - query
    return (difference * difference).sum(axis=1)


# distances that differ by no more of their size are equal: they are float32 sums
farthest = [distances(q, t[-1:])[0] * (1 + 1e-5) for q, t in zip(queries, truth)]


def path(name):
    return os.path.join(work, name)


def measure(engine, calls, setting, search):
    found = search()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        search()
        times.append(time.perf_counter() - start)
    near = sum((distances(q, a[:K]) <= f).sum() for q, a, f in zip(queries, found, farthest))
    recall = float(near) / (K * len(queries))
    row = {"engine": engine, "calls": calls, "setting": setting, "recall10": round(recall, 4)}
    print(json.dumps({**row, "qps": round(len(queries) / min(times))}), flush=True)


def scann_index():
    import scann

    leaves = int(n**0.5)  # the square root of the rows, as its documentation has it
    builder = scann.scann_ops_pybind.builder(base, K, "squared_l2")
    tree = builder.tree(num_leaves=leaves, num_leaves_to_search=20, training_sample_size=n)
    return tree.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build()


def built(name, start):
    print(json.dumps({"engine": name, "build_seconds": round(time.perf_counter() - start, 1)}), flush=True)


def build():
    import faiss
    import hnswlib

    faiss.omp_set_num_threads(threads)
    for name, refine in (("flat", "RFlat"), ("sq8", "Refine(SQ8)")):
        start = time.perf_counter()
        index = faiss.index_factory(d, f"IVF256,PQ{parts}x4fs,{refine}")
        index.train(base)
        index.add(base)
        faiss.write_index(index, path(f"peer-{name}.faiss"))
        built(f"faiss IVF256,PQ{parts}x4fs,{refine}", start)
    for m in (16, 32):
        start = time.perf_counter()
        index = hnswlib.Index("l2", d)
        index.init_index(n, ef_construction=200, M=m)
        index.add_items(base, num_threads=threads)
        index.save_index(path(f"hnsw{m}"))
        built(f"hnswlib M {m}", start)


def search_faiss(name):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.read_index(path(f"peer-{name}.faiss"))
    ivf = faiss.downcast_index(index.base_index)
    engine = f"faiss {'RFlat' if name == 'flat' else 'SQ8'}"
    points = [(4, 3), (6, 4), (8, 5), (8, 10), (16, 10), (32, 20), (64, 20)]
    if hard:
        points = [(48, 3), (64, 3), (64, 5), (96, 5), (128, 5), (128, 10), (192, 10)]
    for probes, factor in points:
        ivf.nprobe, index.k_factor = probes, factor
        setting = f"{probes} probes, {factor * K} re-ranked"
        measure(engine, "single", setting, lambda: [index.search(q[None], K)[1][0] for q in queries])
        measure(engine, "batch", setting, lambda: index.search(queries, K)[1])


def search_hnsw():
    import hnswlib

    for m in (16, 32):
        index = hnswlib.Index("l2", d)
        index.load_index(path(f"hnsw{m}"))
        for ef in (20, 30, 45, 60, 90, 120, 240) if hard else (10, 15, 20, 30, 45, 70, 110):
            index.set_ef(ef)
            single = lambda: [index.knn_query(q, K, num_threads=1)[0][0] for q in queries]  # noqa: E731
            measure(f"hnswlib M {m}", "single", f"ef {ef}", single)
            measure(f"hnswlib M {m}", "batch", f"ef {ef}", lambda: index.knn_query(queries, K, num_threads=1)[0])


def search_scann():
    start = time.perf_counter()
    index = scann_index()
    built("scann", start)
    points = [(4, 30), (5, 40), (7, 40), (8, 50), (11, 60), (18, 80), (30, 100), (50, 150)]
    if hard:
        points = [(20, 40), (30, 40), (40, 60), (50, 60), (80, 60), (110, 80), (140, 100), (220, 150)]
    for leaves, reorder in points:
        options = {"final_num_neighbors": K, "leaves_to_search": leaves, "pre_reorder_num_neighbors": reorder}
        setting = f"{leaves} leaves, {reorder} re-ranked"
        measure("ScaNN", "single", setting, lambda: [index.search(q, **options)[0] for q in queries])
        measure("ScaNN", "batch", setting, lambda: index.search_batched(queries, **options)[0])


if step == "build":
    build()
elif sys.argv[5] in ("flat", "sq8"):
    search_faiss(sys.argv[5])
elif sys.argv[5] == "hnsw":
    search_hnsw()
else:
    search_scann()
