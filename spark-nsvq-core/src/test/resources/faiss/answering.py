"""What an index of faiss answers."""

import numpy


def answer(index, folder, name):
    """Writes NAME.ids (int64) and NAME.distances (float32): the 5 best for each row of queries.f32."""
    queries = numpy.fromfile(folder / "queries.f32", "<f4").reshape(-1, index.d)
    distances, ids = index.search(queries, 5)
    ids.astype("<i8").tofile(folder / (name + ".ids"))
    distances.astype("<f4").tofile(folder / (name + ".distances"))
