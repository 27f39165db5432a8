"""What trainings reached."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


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


class Summary:
    """What a training reached on its own rows; summaries are not saved with models."""

    _names: tuple[str, ...] = ("rows", "mse", "trainSeconds")

    #: number of rows trained on
    rows: int
    #: squared error summed over dimensions, mean over rows
    mse: float
    #: wall-clock time of fit
    trainSeconds: float

    def __init__(self, java: Any) -> None:
        for name in self._names:
            setattr(self, name, _python(getattr(java, name)()))

    def __repr__(self) -> str:
        shown = []
        for name in self._names:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                shown.append(f"{name}=<{len(value)} values>")
            elif isinstance(value, list):
                shown.append(f"{name}=<{len(value)} passes>")
            else:
                shown.append(
                    f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}"
                )
        return f"{type(self).__name__}({', '.join(shown)})"


class TrainingSummary(Summary):
    """What the training of codebooks reached on its own rows."""

    _names: tuple[str, ...] = ("rows", "mse", "numIter", "trainSeconds", "history")

    #: number of passes
    numIter: int
    #: the passes, of all parts of the training
    history: list[Pass]


class VQSummary(TrainingSummary):
    """What the training of one codebook reached on its own rows."""

    _names = (
        *("k", "rows", "trainingCost", "mse", "perplexity", "dead", "numIter", "trainSeconds"),
        *("clusterSizes", "history"),
    )

    #: number of codewords
    k: int
    #: sum of the rows' weighted squared distances
    trainingCost: float
    #: weight of the rows that chose each codeword, float64 of length k
    clusterSizes: NDArray[np.float64]
    #: 2^H of the choice of codewords: k if all are chosen alike
    perplexity: float
    #: codewords that no row chose
    dead: int


class SpaceFillingVQSummary(TrainingSummary):
    """What the training of a line reached on its own rows."""

    _names = (
        *("k", "rows", "trainingCost", "mse", "perplexity", "dead", "length", "numIter"),
        *("trainSeconds", "segmentSizes", "history"),
    )

    #: number of corners
    k: int
    #: sum of the rows' weighted squared distances
    trainingCost: float
    #: weight of the rows that chose each segment, float64 of length k - 1
    segmentSizes: NDArray[np.float64]
    #: 2^H of the choice of segments
    perplexity: float
    #: segments that no row chose
    dead: int
    #: length of the line
    length: float


class IndexSummary(Summary):
    """What building an index took, and reached on the rows that it was trained on."""

    _names = ("rows", "coarseMse", "mse", "trainSeconds", "buildSeconds")

    #: squared distance from the centroids of the lists, summed over dimensions, mean over rows
    coarseMse: float
    #: wall-clock time in which vectors were coded and written
    buildSeconds: float


def _python(value: Any) -> Any:
    """Turn what py4j gives into numbers, arrays and passes."""
    if isinstance(value, (int, float, str)):
        return value
    values = list(value)
    if values and not isinstance(values[0], (int, float)):
        return [Pass(*(getattr(each, name)() for name in Pass._fields)) for each in values]
    return np.array(values, dtype=np.float64)
