"""Trains inverted-file indexes with faiss whose lists are chosen by other metrics than theirs, and lets them answer.

usage: answers.py FOLDER, which holds rows.f32, rows of 16 float32 values. Writes NAME.faiss, and beside it NAME.ids (int64)
and NAME.distances (float32), the 5 best for each row of queries.f32; then adds more rows, which are in more.f32, and
writes NAME.added.ids and NAME.added.distances.
"""

import sys
from pathlib import Path

import faiss
import numpy

from answering import answer

folder = Path(sys.argv[1])
D = 16
L2, IP = faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT
generator = numpy.random.default_rng(7)
all_rows = numpy.fromfile(folder / "rows.f32", "<f4").reshape(-1, D)
all_rows *= generator.uniform(0.3, 3, (len(all_rows), 1)).astype("float32")  # lengths matter to inner products
all_rows += numpy.linspace(-1, 1, D, dtype="float32")
rows, more, queries = numpy.split(all_rows, [900, 1060])
more.tofile(folder / "more.f32")
queries.tofile(folder / "queries.f32")


def centroids(metric, graph):
    """An index of centroids that are trained by a metric, in a graph or not."""
    if graph:
        index = faiss.IndexHNSWFlat(D, 8, metric)
        index.hnsw.efSearch = 1000
        return index
    return faiss.IndexFlatL2(D) if metric == L2 else faiss.IndexFlatIP(D)


def sums(codes, metric, by_residual, coarse):
    kind = faiss.AdditiveQuantizer
    search = {
        "RQ0": kind.ST_decompress,
        "RQ1": kind.ST_LUT_nonorm,
        "RQ2": kind.ST_norm_from_LUT,
        "RQ3": kind.ST_norm_float,
        "RQ4": kind.ST_norm_qint8,
        "RQ5": kind.ST_norm_qint4,
    }[codes]
    index = faiss.IndexIVFResidualQuantizer(coarse, D, 24, 3, 5, metric, search)
    index.by_residual = by_residual
    return index


def made(codes, metric, by_residual, coarse):
    if codes == "Flat":
        return faiss.IndexIVFFlat(coarse, D, 24, metric)
    if codes == "PQ":
        index = faiss.IndexIVFPQ(coarse, D, 24, 4, 6, metric)
        index.by_residual = by_residual
        return index
    if codes == "PQfs":
        index = faiss.IndexIVFPQFastScan(coarse, D, 24, 8, 4, metric)
        index.by_residual = by_residual
        return index
    return sums(codes, metric, by_residual, coarse)


def chained(chain, ivf):
    """The index behind transforms."""
    index = ivf
    for name in reversed(chain.split("+") if chain else []):
        transform = faiss.NormalizationTransform(D, 2.0) if name == "norm" else faiss.OPQMatrix(D, 4)
        if name == "OPQ":
            transform.niter = 2
        if isinstance(index, faiss.IndexPreTransform):
            index.prepend_transform(transform)
        else:
            index = faiss.IndexPreTransform(transform, index)
        transform.this.own(False)
    return index


cases = []
for metric in (L2, IP):
    for coarse in (L2, IP):
        for codes in ("Flat", "PQ", "PQfs", "RQ3", "RQ0"):
            for by_residual in (False, True) if codes != "Flat" else (False,):
                cases.append(("", codes, metric, by_residual, coarse, False))
        cases.append(("norm", "PQ", metric, True, coarse, False))
        cases.append(("norm+OPQ", "PQ", metric, True, coarse, False))
        cases.append(("OPQ", "PQ", metric, False, coarse, False))
        cases.append(("", "Flat", metric, False, coarse, True))
        cases.append(("", "PQ", metric, True, coarse, True))
    for codes in ("RQ1", "RQ2", "RQ4", "RQ5"):
        for by_residual in (False, True):
            cases.append(("", codes, metric, by_residual, metric, False))

for chain, codes, metric, by_residual, coarse_metric, graph in cases:
    coarse = centroids(coarse_metric, graph)
    ivf = made(codes, metric, by_residual, coarse)
    ivf.nprobe = 3
    index = chained(chain, ivf)
    # k-means by the coarse metric, whose centroids would be of length 1 for inner products
    ivf.cp.spherical = False
    index.train(rows)
    index.add(rows)
    name = "-".join(
        filter(
            None,
            [
                chain,
                codes,
                "residual" if by_residual else "",
                "HNSW" if graph else "",
                "L2" if metric == L2 else "IP",
                "by" + ("L2" if coarse_metric == L2 else "IP"),
            ],
        )
    )
    faiss.write_index(index, str(folder / (name + ".faiss")))
    answer(index, folder, name)
    if "fs" not in codes:
        index.add(more)
        answer(index, folder, name + ".added")
