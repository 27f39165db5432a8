"""Indexes without Spark: files that ``exportFaiss`` wrote, searched by faiss.

Needs faiss-cpu (``pip install 'spark-nsvq[serve]'``), and neither Spark nor Java.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Metric = Literal["l2", "ip", "cosine"]


class Neighbors(NamedTuple):
    """The nearest neighbors of queries, nearest first."""

    #: int64 of shape (queries, k); -1 where a query has fewer neighbors
    ids: NDArray[np.int64]
    #: float32 of the same shape, smaller for nearer ones; infinite where there is no neighbor
    distances: NDArray[np.float32]


class Index:
    """An index in memory. Made by :func:`open_index`."""

    def __init__(self, index: Any, metric: Metric) -> None:
        self._index = index
        self._ivf = _ivf(index)
        self.metric: Metric = metric

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The dimension of the vectors."""
        return int(self._index.d)

    @property
    def lists(self) -> int:
        """The number of inverted lists; 1 for an index without."""
        return 1 if self._ivf is None else int(self._ivf.nlist)

    def search(self, queries: ArrayLike, k: int = 10, probes: int | None = None) -> Neighbors:
        """Return the nearest neighbors of queries; safe for several threads at once.

        Parameters
        ----------
        queries
            numbers of shape (queries, D), taken as float32; one query may come as (D,).
        k
            neighbors of each query, at least 1.
        probes
            lists that each query searches; None: as many as the file says.

        Returns
        -------
        ids and distances of shape (queries, k). Distances are those of Spark's model: squared
        Euclidean ones under l2, inner products with their sign turned under ip, one minus the
        cosine under cosine.
        """
        rows = np.atleast_2d(np.asarray(queries, dtype=np.float32))
        if rows.ndim != 2 or rows.shape[1] != self.dimension:
            raise ValueError(
                f"queries have the shape {rows.shape}: (queries, {self.dimension}) is needed"
            )
        if not np.isfinite(rows).all():
            raise ValueError("queries hold NaN or infinity: finite numbers are needed")
        if k < 1:
            raise ValueError(f"k = {k}: at least 1 is needed")
        if probes is not None and probes < 1:
            raise ValueError(f"probes = {probes}: at least 1 is needed")
        if self.metric == "cosine":
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        if probes is None or self._ivf is None:
            found, ids = self._index.search(rows, k)
        else:
            faiss: Any = importlib.import_module("faiss")
            params = faiss.SearchParametersIVF(nprobe=min(probes, self.lists))
            found, ids = self._index.search(rows, k, params=params)
        if self.metric == "ip":
            found = -found
        elif self.metric == "cosine":
            found = 1 - found
        return Neighbors(ids, np.where(ids < 0, np.float32(np.inf), found))

    def __repr__(self) -> str:
        return (
            f"Index({len(self)} vectors of dimension {self.dimension}, {self.lists} lists,"
            f" {self.metric})"
        )


def open_index(path: str | os.PathLike[str], metric: Metric | None = None) -> Index:
    """Read an index file into memory.

    Parameters
    ----------
    path
        a file on this machine that ``exportFaiss`` or ``nsvq export`` wrote, or FAISS itself.
    metric
        what distances are. None takes the file's: l2 or ip. FAISS has no cosine: an index of
        vectors of length 1 under ip, which has to be said here.
    """
    try:
        import faiss
    except ImportError as missing:
        raise ImportError(
            "sparknsvq.serve needs faiss: pip install 'spark-nsvq[serve]'"
        ) from missing
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no index file {os.fspath(path)}")
    try:
        index = faiss.read_index(os.fspath(path))
    except RuntimeError as refused:
        raise ValueError(
            f"{os.fspath(path)} is no index that faiss opens: it is of another format, or damaged"
        ) from refused
    if index.ntotal == 0:
        raise ValueError(
            f"{os.fspath(path)} holds no vectors: it is the file of a model, or of an empty index"
        )
    if metric not in (None, *get_args(Metric)):
        raise ValueError(f"metric = {metric!r}: must be one of {', '.join(get_args(Metric))}")
    product = index.metric_type == faiss.METRIC_INNER_PRODUCT
    if metric is None:
        metric = "ip" if product else "l2"
    elif (metric == "l2") == product:
        raise ValueError(
            f"metric = '{metric}', but {os.fspath(path)} was built for {'ip' if product else 'l2'}"
        )
    return Index(index, metric)


def _ivf(index: Any) -> Any:
    """Return the inverted lists in an index, or None."""
    import faiss

    try:
        return faiss.extract_index_ivf(index)
    except RuntimeError:
        return None
