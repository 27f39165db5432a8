"""Opens every inverted-file index of a folder with faiss, and writes beside it what faiss makes of it.

usage: open_ivf.py FOLDER, which holds NAME.faiss and NAME.queries (float32). Writes NAME.decoded (float32 rows, list after
list), NAME.listids (int64, in the same order), NAME.distances (float32) and NAME.ids (int64): the 5 best for each query
among all lists. Fails where an index should look at other than 3 lists.
"""

import sys
from pathlib import Path

import faiss
import numpy

from ivf_rows import all_rows

for file in sorted(Path(sys.argv[1]).glob("*.faiss")):
    index = faiss.read_index(str(file))
    ivf = faiss.downcast_index(faiss.extract_index_ivf(index))
    assert ivf.nprobe == 3, ivf.nprobe
    assert ivf.quantizer.ntotal == ivf.nlist
    rows, ids = all_rows(index)
    assert index.ntotal == ivf.ntotal == len(ids), (index.ntotal, len(ids))
    ivf.nprobe = ivf.nlist
    queries = numpy.fromfile(file.with_suffix(".queries"), "<f4").reshape(-1, index.d)
    distances, best = index.search(queries, 5)
    rows.astype("<f4").tofile(file.with_suffix(".decoded"))
    ids.astype("<i8").tofile(file.with_suffix(".listids"))
    distances.astype("<f4").tofile(file.with_suffix(".distances"))
    best.astype("<i8").tofile(file.with_suffix(".ids"))
