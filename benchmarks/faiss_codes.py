"""A faiss index of codes: faiss_codes.py PEERS LEARN BASE QUERY TRUTH l2|ip|cosine FACTORY

Trains on LEARN, encodes BASE and searches it; the error is that of the vectors as faiss gets them (of length 1 for cosine).
"""
import sys

sys.path.insert(0, sys.argv[1])
from common import THREADS, read, recall, say, timed  # noqa: E402
import faiss  # noqa: E402

if THREADS:
    faiss.omp_set_num_threads(THREADS)
learn, base, query, truth = (read(path) for path in sys.argv[2:6])
metric, factory = sys.argv[6:8]
if metric == "cosine":
    for rows in (learn, base, query):
        faiss.normalize_L2(rows)
kind = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT
index = faiss.index_factory(base.shape[1], factory, kind)
_, train_s = timed(lambda: index.train(learn))
_, add_s = timed(lambda: index.add(base))
_, found = index.search(query, 100)
inner = faiss.downcast_index(index.index) if hasattr(index, "chain") else index
bits = inner.pq.M * inner.pq.nbits if hasattr(inner, "pq") else sum(
    faiss.vector_to_array((inner.rq if hasattr(inner, "rq") else inner.lsq).nbits))
mse = float(((index.reconstruct_n(0, len(base)) - base) ** 2).sum(axis=1).mean())
say(**recall(found, truth), mse=mse, codeBytes=int(bits) // 8, trainSeconds=train_s, addSeconds=add_s)
