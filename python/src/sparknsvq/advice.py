"""Whether an index is still good, and which settings a new one should have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pyspark.sql import DataFrame, SparkSession

from ._index import _session
from ._jvm import gateway, java_class, jvm, needs_classic, one_line

if TYPE_CHECKING:
    from .ml import IvfIndex, IvfIndexModel

_PACKAGE = "io.github.sparknsvq.ml.advice"


def health(
    index: IvfIndexModel | str,
    *,
    vectors: DataFrame | None = None,
    sample: DataFrame | None = None,
    excludeSelf: bool = False,
    sampleRows: int | None = None,
    targetRecall: float | None = None,
    seed: int = 0,
    spark: SparkSession | None = None,
) -> dict[str, Any]:
    """Say whether an index is still good, and what to do if it is not.

    Without ``vectors`` and ``sample`` only the lists are looked at. Numbers have the names that
    ``nsvq health`` gives them; ``advice`` is a list of an ``action`` and a ``reason`` each.

    Parameters
    ----------
    index
        an index, with the params that it is searched with, or its directory.
    vectors
        all vectors of the index, for recall against exact search.
    sample
        rows to measure with: new ones, or queries. Without them some of ``vectors`` are drawn.
    excludeSelf
        whether the sample's rows are in the index, under their ids, and not to be found themselves.
    sampleRows
        how many rows of the sample are taken at most (default: 1000). Without ``vectors`` and
        ``sample`` so many are drawn from an index of quantizer ``flat``, which holds its vectors;
        others are refused.
    targetRecall
        which share of the ten true neighbors should be found, for the advice.
    seed
        random seed of the sample.
    """
    needs_classic("health", "use a classic session, or the command line: nsvq health")
    from .ml import IvfIndexModel

    model = IvfIndexModel.load(index) if isinstance(index, str) else index
    check = java_class(f"{_PACKAGE}.HealthCheck")
    with one_line():
        check = check(model._java()).setExcludeSelf(excludeSelf).setSeed(seed)
        if sampleRows is not None:
            check = check.setSampleRows(sampleRows)
        if vectors is not None:
            check = check.setVectors(vectors._jdf)
        if sample is not None:
            check = check.setSample(sample._jdf)
        if targetRecall is not None:
            check = check.setTargetRecall(float(targetRecall))
        found: dict[str, Any] = json.loads(check.run(_session(spark)._jsparkSession).json())
    return found


class Tuning:
    """A setting of an index, and what it promises.

    Attributes
    ----------
    reached
        whether the setting meets the target. If not, it is the best one.
    promise
        the recall that other queries should get at least.
    warnings
        what keeps ``promise`` from being one, a sentence each: of a sample that is too small.
    values
        all numbers, with the names that ``nsvq tune`` gives them.
    """

    def __init__(
        self, values: dict[str, Any], featuresCol: str, handleInvalid: Literal["error", "skip"]
    ) -> None:
        self.values = values
        self.reached: bool = values["reached"]
        self.promise: float = values["promise"]
        self.warnings: list[str] = values.get("warnings", [])
        self._featuresCol = featuresCol
        self._handleInvalid = handleInvalid

    def estimator(self) -> IvfIndex:
        """Return the estimator that builds the index; ``rerank`` needs ``setVectors``."""
        from .ml import IvfIndex

        names = {"lists": "numLists", "codebooks": "numCodebooks", "bits": "codebookBits"}
        kept = ("quantizer", "metric", "probes", "rerank", "k", "seed", *names)
        params = {names.get(name, name): self.values[name] for name in kept if name in self.values}
        return IvfIndex(featuresCol=self._featuresCol, handleInvalid=self._handleInvalid, **params)

    def __repr__(self) -> str:
        return f"Tuning({self.values})"


def tune(
    data: DataFrame,
    targetRecall: float,
    *,
    bytes: int = 32,  # noqa: A002
    queries: DataFrame | None = None,
    k: int = 10,
    metric: Literal["l2", "ip", "cosine"] = "l2",
    measure: Literal["intersection", "recall"] = "intersection",
    quantizers: Sequence[Literal["pq", "opq", "rq"]] = ("pq", "opq", "rq"),
    rerank: bool = True,
    latency: float | None = None,
    featuresCol: str = "features",
    sampleRows: int = 50_000,
    sampleQueries: int = 1000,
    handleInvalid: Literal["error", "skip"] = "error",
    seed: int = 0,
) -> Tuning:
    """Choose an index's quantizer, lists, probes and candidates to rank again.

    Parameters
    ----------
    data
        the vectors that the index will be of.
    targetRecall
        the recall that is asked for.
    bytes
        the most bytes that a vector's code may have.
    queries
        vectors like those that the index will be searched for; without them rows of ``data`` are
        searched for, which is right only where queries are like these.
    k
        how many neighbors a query finds.
    metric
        what is nearest.
    measure
        what recall is: the share of the ``k`` true neighbors that is among the ``k`` found, or the
        share of queries whose true nearest neighbor is.
    quantizers
        which ones are tried.
    rerank
        whether candidates may be ranked again by the vectors, which are kept beside the index.
    latency
        how many milliseconds a query may take; None for no limit. Timed are single queries on one
        thread of the driver, in an index in memory with its vectors: how a JVM serves the file of
        ``exportFaiss``, with ``refine="flat"`` where ``rerank`` is above 0. Searches by Spark take
        longer.
    featuresCol
        the column of vectors, of ``queries``, too.
    sampleRows
        how many rows settings are tried on at most. With fewer than ``2 / k`` of the rows, or 20
        for each list, recall is scaled up by a rule, and the result has ``warnings``.
    sampleQueries
        how many queries at most; two thirds choose, the others measure what was chosen.
    handleInvalid
        whether rows with invalid vectors end the work or are left out.
    seed
        random seed.
    """
    needs_classic("tune", "use a classic session, or the command line: nsvq tune")
    draw = java_class(f"{_PACKAGE}.TuningSample.Draw")
    names = gateway().new_array(jvm().java.lang.String, len(quantizers))
    for i, name in enumerate(quantizers):
        names[i] = name
    with one_line():
        how = draw(featuresCol, metric, sampleRows, sampleQueries, seed, handleInvalid == "skip")
        sample = java_class(f"{_PACKAGE}.TuningSample").draw(
            data._jdf, None if queries is None else queries._jdf, how
        )
        try:
            tuner = java_class(f"{_PACKAGE}.IndexTuner")(sample)
            tuner = tuner.setBytes(bytes).setK(k).setMeasure(measure).setQuantizers(names)
            tuner = tuner.setReranks(rerank)
            if latency is not None:
                tuner = tuner.setLatency(float(latency))
            values = json.loads(tuner.tune(float(targetRecall)).json())
        finally:
            sample.close()
    return Tuning(values, featuresCol, handleInvalid)
