"""What trainings reached."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyspark.ml.clustering import KMeansSummary
from pyspark.ml.wrapper import JavaWrapper
from pyspark.sql import is_remote

from ._jvm import needs_classic

_ELSEWHERE = "summaries have {} there"


class Pass(NamedTuple):
    """One pass over the data."""

    #: number of the pass, from 1
    iteration: int
    #: the update rule of the pass
    phase: str
    #: mean squared error of the rows, summed over dimensions, against the codebook that they met
    mse: float
    #: learning rate of the pass's last step; 0 for rules without one
    learningRate: float
    #: codewords replaced in the pass
    replaced: int
    #: wall-clock time of the pass
    seconds: float


class Summary(JavaWrapper):
    """What a training reached on its own rows; summaries are not saved with models."""

    #: What the summary tells, and what of it also over Spark Connect.
    _names: tuple[str, ...] = ("rows", "mse", "trainSeconds")
    _remote: tuple[str, ...] = ()

    def __init__(self, java_summary: Any) -> None:
        super().__init__(java_summary)
        self._values: dict[str, Any] = {}

    def _value(self, name: str) -> Any:
        """Return what a method of the Java summary gives, asked for once."""
        if name not in self._values:
            if name not in self._remote:
                told = " and ".join(self._remote) or "nothing"
                needs_classic(f"summary.{name}", _ELSEWHERE.format(told))
            if is_remote():
                self._values[name] = self._call_java(name)
            else:
                self._values[name] = _python(getattr(self._java_obj, name)())
        return self._values[name]

    @property
    def rows(self) -> int:
        """Number of rows trained on."""
        return int(self._value("rows"))

    @property
    def mse(self) -> float:
        """Squared error summed over dimensions, mean over rows."""
        return float(self._value("mse"))

    @property
    def trainSeconds(self) -> float:
        """Wall-clock time of the training."""
        return float(self._value("trainSeconds"))

    def __repr__(self) -> str:
        shown = []
        for name in self._remote if is_remote() else self._names:
            value = getattr(self, name)
            if isinstance(value, (np.ndarray, list)):
                shown.append(f"{name}=<{len(value)}>")
            else:
                shown.append(
                    f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}"
                )
        return f"{type(self).__name__}({', '.join(shown)})"


class TrainingSummary(Summary):
    """What the training of codebooks reached on its own rows."""

    _names: tuple[str, ...] = ("rows", "mse", "numIter", "trainSeconds", "history")
    _remote: tuple[str, ...] = ("objectiveHistory", "totalIterations")

    @property
    def numIter(self) -> int:
        """Number of passes."""
        return int(self._value("numIter"))

    @property
    def history(self) -> list[Pass]:
        """The passes, of all parts of the training."""
        return list(self._value("history"))

    @property
    def objectiveHistory(self) -> list[float]:
        """Mean squared error of each pass."""
        return [float(each) for each in self._value("objectiveHistory")]

    @property
    def totalIterations(self) -> int:
        """Number of passes."""
        return int(self._value("totalIterations"))


class VQSummary(TrainingSummary, KMeansSummary):
    """What the training of one codebook reached on its own rows, with all that KMeans tells."""

    _names: tuple[str, ...] = (
        *("k", "rows", "trainingCost", "mse", "perplexity", "dead", "numIter", "trainSeconds"),
        *("clusterSizes", "history"),
    )
    _remote: tuple[str, ...] = (
        "k",
        "numIter",
        "trainingCost",
        "clusterSizes",
        *TrainingSummary._remote,
    )

    @property
    def clusterSizes(self) -> list[int]:
        """Number of rows that chose each codeword."""
        return [int(each) for each in self._value("clusterSizes")]

    @property
    def clusterWeights(self) -> NDArray[np.float64]:
        """Weight of the rows that chose each codeword: float64 of shape (k,)."""
        return np.asarray(self._value("clusterWeights"))

    @property
    def perplexity(self) -> float:
        """2^H of the choice of codewords: k if all are chosen alike."""
        return float(self._value("perplexity"))

    @property
    def dead(self) -> int:
        """Codewords that no row chose."""
        return int(self._value("dead"))


class SpaceFillingVQSummary(TrainingSummary):
    """What the training of a line reached on its own rows."""

    _names: tuple[str, ...] = (
        *("k", "rows", "trainingCost", "mse", "perplexity", "dead", "length", "numIter"),
        *("trainSeconds", "segmentSizes", "history"),
    )

    @property
    def k(self) -> int:
        """Number of corners."""
        return int(self._value("k"))

    @property
    def trainingCost(self) -> float:
        """Sum of the rows' weighted squared distances from the line."""
        return float(self._value("trainingCost"))

    @property
    def segmentSizes(self) -> NDArray[np.float64]:
        """Weight of the rows that chose each segment: float64 of shape (k - 1,)."""
        return np.asarray(self._value("segmentSizes"))

    @property
    def perplexity(self) -> float:
        """2^H of the choice of segments."""
        return float(self._value("perplexity"))

    @property
    def dead(self) -> int:
        """Segments that no row chose."""
        return int(self._value("dead"))

    @property
    def length(self) -> float:
        """Length of the line."""
        return float(self._value("length"))


class IndexSummary(Summary):
    """What building an index took, and reached on the rows that it was trained on."""

    _names: tuple[str, ...] = ("rows", "coarseMse", "mse", "trainSeconds", "buildSeconds")

    @property
    def coarseMse(self) -> float:
        """Squared distance from the centroids of the lists, mean over rows."""
        return float(self._value("coarseMse"))

    @property
    def buildSeconds(self) -> float:
        """Wall-clock time in which vectors were coded and written."""
        return float(self._value("buildSeconds"))


def _python(value: Any) -> Any:
    """Turn what py4j gives into numbers, arrays and passes."""
    if isinstance(value, (int, float, str)):
        return value
    values = list(value)
    if values and not isinstance(values[0], (int, float)):
        return [Pass(*(getattr(each, name)() for name in Pass._fields)) for each in values]
    return np.array(values)
