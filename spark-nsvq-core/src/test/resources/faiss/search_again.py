"""Searches copies of indexes with faiss.

usage: search_again.py FOLDER, which holds NAME.again, an index, and NAME.q, queries (float32). Writes NAME.again.ids (int64)
and NAME.again.dist (float32), the 5 best of each query.
"""

import sys
from pathlib import Path

import faiss
import numpy

for file in sorted(Path(sys.argv[1]).glob("*.again")):
    index = faiss.read_index(str(file))
    queries = numpy.fromfile(file.with_suffix(".q"), "<f4").reshape(-1, index.d)
    distances, best = index.search(queries, 5)
    best.astype("<i8").tofile(str(file) + ".ids")
    distances.astype("<f4").tofile(str(file) + ".dist")
