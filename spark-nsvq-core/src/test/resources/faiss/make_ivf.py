"""Trains indexes with faiss and writes them.

usage: make_ivf.py FOLDER, which holds rows.f32, rows of 16 float32 values. Writes NAME.faiss, NAME.decoded (float32 rows)
and NAME.listids (int64 ids of those rows): of inverted-file indexes list after list, of others in the order of rows.
"""

import sys
from pathlib import Path

import faiss
import numpy

from ivf_rows import all_rows, reversed_rows

folder = Path(sys.argv[1])
rows = numpy.fromfile(folder / "rows.f32", "<f4").reshape(-1, 16)

# What faiss writes beyond that, such as how residual codebooks were trained, is not kept when a file is written again.
OWN_TRAIN_TYPE = 2048

SPECS = [
    "IVF16,Flat",
    "IVF64,Flat",
    "IVF16,PQ4np",
    "IVF64,PQ4np",
    "IVF16,PQ4x6np",
    "IVF16,PQ8x4fs",
    "IVF16,PQ8x4fsr",
    "IVF16,RQ2x4",
    "IVF16,RQ2x4_Nfloat",
    "IVF16,RQ3x5_Nfloat",
    "IVF16,RQ2x4_Nqint8",
    "IVF16,RQ2x4_Nqint4",
    "IVF16,LSQ2x4_Nfloat",
    "IVF16_HNSW8,Flat",
    "OPQ4,IVF16,PQ4np",
    "PCA8,IVF16,PQ4np",
    "PCAR8,IVF16,Flat",
    "RR16,IVF16,Flat",
    "L2norm,IVF16,PQ4np",
    "L2norm,OPQ4,IVF16,PQ4np",
    "IDMap,IVF16,Flat",
    "PQ4np",
    "Flat",
    "PQ8x4fs",
    "IDMap,Flat",
    "IDMap2,PQ4np",
    "PCA8,Flat",
    "RQ2x4_Nqint8",
    "LSQ2x4",
]


def trained(spec, metric):
    index = faiss.index_factory(16, spec, metric)
    if "OPQ" in spec:
        chain = [faiss.downcast_VectorTransform(index.chain.at(i)) for i in range(index.chain.size())]
        chain[-1].niter = 2
    index.train(rows)
    few = rows[: 10 if "64" in spec else 200]
    ids = numpy.arange(len(few)) * 7_000_000_000 - 3
    if "IDMap" in spec or ("IVF" in spec and not isinstance(index, faiss.IndexPreTransform)):
        index.add_with_ids(few, ids)
    else:
        index.add(few)
    return index


def decoded(index):
    if isinstance(index, faiss.IndexIDMap):
        inner = faiss.downcast_index(index.index)
        below, places = decoded(inner)
        return below, faiss.vector_to_array(index.id_map)[places]
    try:
        faiss.extract_index_ivf(index)
    except RuntimeError:
        return index.reconstruct_n(0, index.ntotal), numpy.arange(index.ntotal)
    return all_rows(index)


for spec in SPECS:
    for name, metric in (("L2", faiss.METRIC_L2), ("IP", faiss.METRIC_INNER_PRODUCT)):
        index = trained(spec, metric)
        if "IVF16,RQ" in spec:
            index.rq.train_type = OWN_TRAIN_TYPE
            if "Nfloat" in spec:
                index.rq.norm_min = index.rq.norm_max = 0
        path = folder / f"{spec}-{name}"
        faiss.write_index(index, str(path) + ".faiss")
        below, ids = decoded(index)
        below.astype("<f4").tofile(str(path) + ".decoded")
        ids.astype("<i8").tofile(str(path) + ".listids")
