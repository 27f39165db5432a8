"""Pictures of trainings and indexes, on axes of matplotlib.

Every function takes ``ax``, axes to draw on, makes its own where that is None, and returns them.
Needs matplotlib (``pip install 'spark-nsvq[plot]'``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pyspark.sql import DataFrame

    from ._index import IvfIndexModelMethods
    from ._models import QuantizerModel

__all__ = ["cluster_sizes", "history", "rate_distortion", "recall", "recall_by_probes"]


def history(model: QuantizerModel, ax: Axes | None = None) -> Axes:
    """Draw the mean squared error of each pass of a training, a color for each update rule.

    Parameters
    ----------
    model
        a model that ``fit`` returned.
    """
    passes = model.summary.history
    ax = _axes(ax)
    numbers = np.arange(1, len(passes) + 1)
    phases = list(dict.fromkeys(each.phase for each in passes))
    errors = np.array([each.mse for each in passes])
    ax.plot(numbers, errors, color="0.7", linewidth=1, zorder=1)
    for phase in phases:
        at = np.array([each.phase == phase for each in passes])
        ax.plot(numbers[at], errors[at], "o", markersize=4, label=phase)
    return _labeled(ax, "pass", "mean squared error", legend=bool(phases))


def cluster_sizes(sizes: QuantizerModel | ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw how many rows chose each codeword, largest first, and the mean.

    Parameters
    ----------
    sizes
        a model with one codebook that ``fit`` returned, or the sizes themselves.
    """
    counts = np.sort(_sizes(sizes))[::-1]
    ax = _axes(ax)
    ax.fill_between(np.arange(len(counts)), counts, step="mid", alpha=0.6)
    ax.axhline(float(counts.mean()), color="0.3", linewidth=1, linestyle="--", label="mean")
    ax.set_ylim(bottom=0)
    return _labeled(ax, "codewords, most used first", "rows", legend=True)


def _sizes(sizes: Any) -> NDArray[np.float64]:
    summary = getattr(sizes, "summary", None)
    for name in ("clusterSizes", "segmentSizes"):
        if hasattr(summary, name):
            return np.asarray(getattr(summary, name), dtype=np.float64)
    if summary is not None:
        raise TypeError(f"{type(sizes).__name__} has several codebooks: give the sizes of one")
    counts = np.asarray(sizes, dtype=np.float64)
    if counts.ndim != 1 or not len(counts):
        raise ValueError(f"sizes have the shape {counts.shape}: one for each codeword is needed")
    return counts


def recall_by_probes(
    index: IvfIndexModelMethods,
    queries: DataFrame,
    probes: Iterable[int] = (1, 2, 4, 8, 16, 32, 64),
    *,
    k: int = 10,
    truthCol: str = "truth",
    metricName: str = "recall",
) -> dict[int, float]:
    """Search with several numbers of probes, and return the recall of each.

    Parameters
    ----------
    index
        an index.
    queries
        queries with a column of the ids of their true neighbors, nearest first.
    probes
        the numbers of lists to search.
    k
        among how many neighbors the true ones should be.
    truthCol, metricName
        as :class:`sparknsvq.RecallEvaluator` has them.
    """
    from .ml import RecallEvaluator

    neighbors = index.getOrDefault("neighborsCol")
    evaluator = RecallEvaluator(k=k, truthCol=truthCol, neighborsCol=neighbors)
    evaluator = evaluator.setParams(metricName=metricName)  # type: ignore[arg-type]
    found = {}
    for lists in probes:
        search = {index.getParam("probes"): lists, index.getParam("k"): k}
        found[lists] = float(evaluator.evaluate(index.transform(queries, search)))
    return found


def recall(
    curves: Mapping[int, float] | Mapping[str, Mapping[int, float]], ax: Axes | None = None
) -> Axes:
    """Draw recall against probes.

    Parameters
    ----------
    curves
        what :func:`recall_by_probes` returned, or several such by their names.
    """
    ax = _axes(ax)
    named = bool(curves) and all(isinstance(each, Mapping) for each in curves.values())
    every: Any = curves if named else {"": curves}
    for name, curve in every.items():
        lists = sorted(curve)
        ax.plot(lists, [curve[each] for each in lists], "o-", markersize=4, label=name or None)
    ax.set_xscale("log", base=2)
    ax.set_ylim(top=1.01)
    return _labeled(ax, "probes", "recall", legend=named)


def rate_distortion(
    curves: Mapping[str, Sequence[tuple[float, float]]], ax: Axes | None = None
) -> Axes:
    """Draw the error of codes against their bits.

    Parameters
    ----------
    curves
        (bits of a vector, mean squared error) of each code, by the names of the methods.
    """
    ax = _axes(ax)
    for name, points in curves.items():
        if points:
            bits, errors = zip(*sorted(points), strict=True)
            ax.plot(bits, errors, "o-", markersize=4, label=name)
    ax.set_yscale("log")
    return _labeled(ax, "bits a vector", "mean squared error", legend=bool(curves))


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as missing:
        raise ImportError(
            "sparknsvq.plot needs matplotlib: pip install 'spark-nsvq[plot]'"
        ) from missing
    return plt.subplots(layout="constrained")[1]


def _labeled(ax: Axes, x: str, y: str, *, legend: bool) -> Axes:
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.grid(alpha=0.25)
    if legend:
        ax.legend(frameon=False)
    return ax
