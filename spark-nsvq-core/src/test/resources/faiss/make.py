"""Trains indexes with faiss and writes them.

usage: make.py FOLDER, which holds rows.f32, rows of 16 float32 values. Writes NAME.faiss, NAME.decoded (float32 rows),
NAME.codes (bytes as faiss keeps them) and, where there are ids, NAME.ids (int64).
"""

import sys
from pathlib import Path

import faiss
import numpy

folder = Path(sys.argv[1])
rows = numpy.fromfile(folder / "rows.f32", "<f4").reshape(-1, 16)
few = rows[:50]


def opq(metric):
    transform = faiss.OPQMatrix(16, 4)
    transform.niter = 3
    index = faiss.IndexPreTransform(transform, faiss.IndexPQ(16, 4, 4, metric))
    index.own_fields = False
    return index, (transform, index.index)


def product(index):
    index.pq.cp.min_points_per_centroid = 1
    return index


def save(name, index, inner, ids=None):
    index.train(rows)
    if ids is None:
        index.add(few)
    else:
        index.add_with_ids(few, ids)
        ids.astype("<i8").tofile(folder / (name + ".ids"))
    faiss.write_index(index, str(folder / (name + ".faiss")))
    below = index.index if ids is not None else index
    faiss.downcast_index(below).reconstruct_n(0, len(few)).astype("<f4").tofile(folder / (name + ".decoded"))
    faiss.vector_to_array(inner.codes).tofile(folder / (name + ".codes"))


ids = numpy.arange(50, dtype="int64") * 10_000_000_000 - 7
for name, metric in (("L2", faiss.METRIC_L2), ("IP", faiss.METRIC_INNER_PRODUCT)):
    for parts, bits in ((8, 4), (4, 8), (2, 10)):
        index = product(faiss.IndexPQ(16, parts, bits, metric))
        save(f"PQ{parts}x{bits}-{name}", index, index)
    index, (transform, inner) = opq(metric)
    save(f"OPQ4,PQ4x4-{name}", index, faiss.downcast_index(inner))
    for suffix in ("", "_Nfloat", "_Nqint8", "_Nqint4"):
        index = faiss.index_factory(16, "RQ4x6" + suffix, metric)
        save(f"RQ4x6{suffix}-{name}", index, index)
index = faiss.index_factory(16, "RQ1x5_2x3_Nfloat")
save("RQ1x5_2x3_Nfloat-L2", index, index)
index = faiss.index_factory(16, "LSQ3x4_Nfloat")
save("LSQ3x4_Nfloat-L2", index, index)
for kind in (faiss.IndexIDMap, faiss.IndexIDMap2):
    inner = product(faiss.IndexPQ(16, 4, 4))
    save(f"{kind.__name__},PQ4x4-L2", kind(inner), inner, ids)
index, (transform, inner) = opq(faiss.METRIC_L2)
save("IndexIDMap2,OPQ4,PQ4x4-L2", faiss.IndexIDMap2(index), faiss.downcast_index(inner), ids)
