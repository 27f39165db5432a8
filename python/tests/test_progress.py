"""The bar of a training."""

from __future__ import annotations

import io
import sys

import pytest
from pyspark.sql import DataFrame, SparkSession

from sparknsvq import VQ, IvfIndex, _progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fit(
    data: DataFrame, err: io.StringIO, monkeypatch: pytest.MonkeyPatch, progress: bool | None = None
) -> str:
    monkeypatch.setattr(sys, "stderr", err)
    VQ(k=4, maxIter=2, progress=progress).fit(data)
    return err.getvalue()


def test_shows_on_terminals_and_when_asked_for(
    data: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(_progress, "_SECONDS_BETWEEN", 0.0)
    assert "pass 2/2" in fit(data, Terminal(), monkeypatch)
    assert "pass 2/2" in fit(data, io.StringIO(), monkeypatch, progress=True)
    assert fit(data, io.StringIO(), monkeypatch) == ""
    assert fit(data, Terminal(), monkeypatch, progress=False) == ""
    monkeypatch.setenv("TERM", "dumb")
    assert fit(data, Terminal(), monkeypatch) == ""


def test_the_parts_of_an_index(
    data: DataFrame, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(_progress, "_SECONDS_BETWEEN", 0.0)
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    ivf = IvfIndex(indexDir=place, numLists=4, numCodebooks=4, maxIter=2).setProgress(True)
    ivf.build(data, data)
    assert err.getvalue().count("100%") >= 2


def test_a_bar_that_breaks_does_not_stop_the_training(
    data: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, progress: object) -> None:
        raise RuntimeError("broken")

    from tqdm.auto import tqdm

    monkeypatch.setattr(tqdm, "update", broken)
    assert VQ(k=4, maxIter=2, progress=True).fit(data).codebook.shape[0] == 4


def test_the_callback_server_serves_others_after_a_bar(
    spark: SparkSession, data: DataFrame, place: str
) -> None:
    model = VQ(k=4, maxIter=1, progress=True).fit(data)
    data.write.parquet(place + "/in")
    seen: list[int] = []
    stream = spark.readStream.schema(data.schema).parquet(place + "/in").writeStream
    query = stream.foreachBatch(
        lambda batch, number: seen.append(model.transform(batch).count())
    ).trigger(availableNow=True)
    query.start().awaitTermination(60)
    assert sum(seen) == 1200
    VQ(k=4, maxIter=1, progress=True).fit(data)
