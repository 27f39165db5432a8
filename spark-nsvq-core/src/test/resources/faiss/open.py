"""Opens every index of a folder with faiss, and writes beside it what faiss makes of it.

usage: open.py FOLDER, which holds NAME.faiss and NAME.queries (float32). Writes NAME.decoded (float32 rows),
NAME.distances (float32) and NAME.ids (int64): the 5 best for each query.
"""

import sys
from pathlib import Path

import faiss
import numpy

for file in sorted(Path(sys.argv[1]).glob("*.faiss")):
    index = faiss.read_index(str(file))
    inner = index
    if isinstance(index, faiss.IndexIDMap):
        inner = faiss.downcast_index(index.index)
    decoded = inner.reconstruct_n(0, index.ntotal) if index.ntotal else numpy.zeros((0, index.d), "float32")
    queries = numpy.fromfile(file.with_suffix(".queries"), "<f4").reshape(-1, index.d)
    distances, ids = index.search(queries, 5)
    decoded.astype("<f4").tofile(file.with_suffix(".decoded"))
    distances.astype("<f4").tofile(file.with_suffix(".distances"))
    ids.astype("<i8").tofile(file.with_suffix(".ids"))
