"""Trains indexes with faiss, writes them, and what faiss finds in them.

usage: make_search.py FOLDER. Writes NAME.faiss, NAME.rows (the rows that were added, float32), NAME.q (6 queries, float32), and
NAME.ids (int64) and NAME.dist (float32), the 5 best of each query.
"""

import sys
from pathlib import Path

import faiss
import numpy

folder = Path(sys.argv[1])
QUERIES = 6
BEST = 5
METRICS = {"L2": faiss.METRIC_L2, "IP": faiss.METRIC_INNER_PRODUCT}

SCALAR = ["SQ8", "SQfp16", "SQ4", "SQ6", "SQbf16"]


def gaussian(count, d, seed):
    return numpy.random.default_rng(seed).normal(size=(count, d)).astype("float32")


def ivf_of(index):
    try:
        return faiss.downcast_index(faiss.extract_index_ivf(index))
    except RuntimeError:
        return None


def write(name, index, rows, queries, ids=None):
    if ids is None:
        if len(rows):  # fast scan crashes
            index.add(rows)
    else:
        index.add_with_ids(rows, ids)
    ivf = ivf_of(index)
    if ivf is not None:
        ivf.nprobe = 5
    path = folder / name
    faiss.write_index(index, str(path) + ".faiss")
    index = faiss.read_index(str(path) + ".faiss")
    found, best = index.search(queries, BEST)
    rows.tofile(str(path) + ".rows")
    queries.tofile(str(path) + ".q")
    best.astype("<i8").tofile(str(path) + ".ids")
    found.astype("<f4").tofile(str(path) + ".dist")


def trained(spec, d, metric, scale=1):
    index = faiss.index_factory(d, spec, METRICS[metric])
    if "OPQ" in spec:
        base = index
        while not isinstance(base, faiss.IndexPreTransform):
            base = faiss.downcast_index(base.base_index if isinstance(base, faiss.IndexRefine) else base.index)
        faiss.downcast_VectorTransform(base.chain.at(base.chain.size() - 1)).niter = 2
    index.train(gaussian(1000, d, 2) * numpy.float32(scale))
    return index


def case(spec, d=16, count=200, scale=1, metrics=METRICS, change=None, suffix="", ids=False):
    for metric in metrics:
        index = trained(spec, d, metric, scale)
        if change:
            change(index)
        rows = gaussian(count, d, 3) * numpy.float32(scale)
        queries = gaussian(QUERIES, d, 5) * numpy.float32(scale)
        numbers = numpy.arange(count) * 7_000_000_000 - 3 if ids else None
        write(f"{spec}{suffix}-{metric}", index, rows, queries, numbers)


def scalar():
    for sq in SCALAR:
        case(sq)
        case("IVF16," + sq)
        case("IVF16," + sq, d=5, suffix="-d5")
    for sq in ["SQ8", "SQfp16"]:
        case("IVF16," + sq, change=lambda index: setattr(index, "by_residual", False), suffix="-plain")
        case("OPQ4,IVF16," + sq)
        case("PCA8,IVF16," + sq)
        case("L2norm,IVF16," + sq)
        case("PCA8," + sq)
        case("IDMap," + sq, ids=True)
        case("IDMap2,IVF16," + sq, ids=True)
        case("IVF64," + sq, count=10, suffix="-few")
        case("IVF16," + sq, d=1, suffix="-d1")
        case(sq, count=1, suffix="-one")
        case(sq, count=0, suffix="-none")
    case("IVF16,SQ8", scale=1e15, suffix="-huge")
    case("IVF16,SQfp16", scale=3e4, suffix="-huge", metrics=["L2"])
    # under IP centroids have length 1, and residuals of rows that are short beside them would be of rounding alone
    case("IVF16,SQ8", scale=1e-15, suffix="-tiny", metrics=["L2"])
    case("IVF16,SQfp16", scale=1e-6, suffix="-tiny", metrics=["L2"])
    for name, qtype in [
        ("8uniform", faiss.ScalarQuantizer.QT_8bit_uniform),
        ("4uniform", faiss.ScalarQuantizer.QT_4bit_uniform),
    ]:
        for metric, number in METRICS.items():
            for d in (16, 5):
                flat = faiss.IndexFlat(d, number)
                index = faiss.IndexIVFScalarQuantizer(flat, d, 16, qtype, number, True)
                index.train(gaussian(1000, d, 2))
                write(f"IVF16,SQ{name}-d{d}-{metric}", index, gaussian(200, d, 3), gaussian(QUERIES, d, 5))


def blocks():
    for size in (64, 96, 128):
        case(f"IVF16,PQ8x4fs_{size}")
        case(f"PQ8x4fs_{size}")
    case("IVF16,PQ8x4fsr_64")
    case("IVF16,PQ5x4fs_64", d=5)
    case("PQ5x4fs_64", d=5)
    case("IVF64,PQ8x4fs_64", count=10, suffix="-few")
    case("PQ8x4fs_64", count=1, suffix="-one")
    case("PQ8x4fs_64", count=0, suffix="-none")
    case("PQ1x4fs_64", d=1)
    case("IDMap2,OPQ8,IVF4,PQ8x4fs_64", ids=True, count=700)


def factor(value):
    return lambda index: setattr(index, "k_factor", value)


def refined():
    case("IVF16,PQ4np,RFlat")
    case("IVF16,PQ4np,RFlat", change=factor(2.5), suffix="-2.5")
    case("IVF16,PQ4np,RFlat", change=factor(1000), suffix="-1000")
    case("OPQ4,IVF16,PQ4np,RFlat", change=factor(3), suffix="-3")
    case("PCA8,IVF16,SQ8,RFlat", change=factor(3), suffix="-3")
    case("L2norm,IVF16,PQ4np,RFlat", change=factor(3), suffix="-3")
    case("IVF16,PQ8x4fs_64,RFlat", change=factor(4), suffix="-4")
    case("PQ4np,RFlat", change=factor(2), suffix="-2")
    case("SQ4,RFlat", change=factor(2), suffix="-2")
    case("IVF16,PQ4np,Refine(SQ8)", change=factor(3), suffix="-3")
    case("IVF16,PQ4np,Refine(SQfp16)", change=factor(3), suffix="-3")
    case("IVF64,PQ4np,RFlat", count=10, change=factor(3), suffix="-few")
    case("IVF16,Flat,RFlat", d=1, suffix="-d1")
    case("SQ8,RFlat", count=1, suffix="-one")
    case("SQ8,RFlat", count=0, suffix="-none")
    for metric in METRICS:
        rows = gaussian(200, 16, 3)
        queries = gaussian(QUERIES, 16, 5)
        with_nan = rows.copy()
        with_nan[[3, 150], 7] = numpy.nan  # in no list, but among the vectors to rank by
        index = trained("IVF16,PQ4np,RFlat", 16, metric)
        index.k_factor = 3
        write("IVF16,PQ4np,RFlat-nan-" + metric, index, with_nan, queries)
        index = trained("IVF16,SQ8,RFlat", 16, metric)
        index.add(rows)
        index.k_factor = 3
        mapped = faiss.IndexIDMap2(trained("Flat", 16, metric))
        mapped.index = index
        mapped.own_fields = False
        for i in range(200):
            mapped.id_map.push_back(1000 - 5 * i)
        mapped.ntotal = 200
        mapped.construct_rev_map()
        write_again("IDMap2,IVF16,SQ8,RFlat-3-" + metric, mapped, rows, queries)
        # a refinement inside of transforms: vectors to rank by are transformed ones
        turn = faiss.RandomRotationMatrix(16, 16)
        turn.init(7)
        inside = faiss.IndexPreTransform(turn, trained("IVF16,SQ8,RFlat", 16, metric))
        faiss.downcast_index(inside.index).k_factor = 3
        write("RR16,(IVF16,SQ8,RFlat)-3-" + metric, inside, rows, queries)


def write_again(name, index, rows, queries):
    """As write, of an index that has its rows."""
    path = folder / name
    ivf_of(faiss.downcast_index(faiss.downcast_index(index.index).base_index)).nprobe = 5
    faiss.write_index(index, str(path) + ".faiss")
    index = faiss.read_index(str(path) + ".faiss")
    found, best = index.search(queries, BEST)
    rows.tofile(str(path) + ".rows")
    queries.tofile(str(path) + ".q")
    best.astype("<i8").tofile(str(path) + ".ids")
    found.astype("<f4").tofile(str(path) + ".dist")


scalar()
blocks()
refined()
