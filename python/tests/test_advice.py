"""What is said of an index, and of one that is to be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame, SparkSession

from sparknsvq import IvfIndex, IvfIndexModel, advice

from .conftest import clustered, table


@pytest.fixture(scope="module")
def others(spark: SparkSession) -> DataFrame:
    frame: DataFrame = spark.createDataFrame(table(clustered(400, seed=5)))
    return frame.cache()


def test_health_of_lists_and_of_a_sample(
    index: IvfIndexModel, data: DataFrame, others: DataFrame
) -> None:
    lists = advice.health(index.path)
    assert (lists["lists"], lists["vectors"], lists["trainRows"]) == (8, 1200, 1200)
    assert [each["action"] for each in lists["advice"]] == ["nothing"]
    assert "recall@10" not in lists
    found = advice.health(index.copy().setProbes(8), vectors=data, sample=others, sampleRows=100)
    assert (found["truth"], found["queries"], found["probes"]) == ("vectors", 100, 8)
    low, high = found["intersection@10Interval"]
    assert low < found["intersection@10"] < high
    exact = index.copy().setProbes(8).setRerank(1200).setVectors(data)
    assert advice.health(exact, vectors=data, sampleRows=50)["intersection@10"] == 1
    alone = advice.health(index.copy().setRerank(50), sample=others)  # nothing to rank by
    assert (alone["truth"], alone["queries"]) == ("codes", 400)
    with pytest.raises(IllegalArgumentException, match="no sample can be drawn"):
        advice.health(index, sampleRows=100)
    with pytest.raises(IllegalArgumentException, match="exact search needs all"):
        advice.health(index, vectors=data.filter("id < 100"))


def test_rows_are_drawn_from_an_index_of_vectors(data: DataFrame, place: str) -> None:
    flat = IvfIndex(indexDir=place, numLists=8, quantizer="flat", maxIter=3).fit(data)
    found = advice.health(flat.setProbes(8), sampleRows=60)
    assert (found["truth"], found["queries"], found["intersection@10"]) == ("index", 60, 1)
    assert "recall@10" not in advice.health(flat)


def test_tuning_promises_what_other_queries_get(
    data: DataFrame, others: DataFrame, place: str
) -> None:
    tuning = advice.tune(
        data, 0.8, bytes=4, quantizers=["pq"], queries=others.filter("id < 200"), seed=3
    )
    assert tuning.reached
    assert 0.7 < tuning.promise < 1
    assert tuning.values["codeBytes"] == 4
    model = tuning.estimator().setIndexDir(place).fit(data)
    assert model.getOrDefault("probes") == tuning.values["probes"]
    if tuning.values["rerank"]:
        model.setVectors(data)
    kept = advice.health(model, vectors=data, sample=others.filter("id >= 200"))
    assert kept["intersection@10"] >= 0.8
    assert tuning.warnings == []
    assert tuning.values["neighborsCompared"] == 10
    never = advice.tune(data, 0.99, bytes=1, quantizers=["pq"], rerank=False)
    assert not never.reached
    with pytest.raises(IllegalArgumentException, match="cannot be reached"):
        advice.tune(data, 2)


def test_tuning_with_a_limit_of_time_is_for_an_exported_file(
    data: DataFrame, others: DataFrame, place: str
) -> None:
    asked = others.filter("id < 200")
    tuning = advice.tune(data, 0.8, bytes=1, quantizers=["pq"], queries=asked, latency=10_000)
    assert tuning.reached
    assert 0 < tuning.values["latencyMs"] < 10_000
    assert tuning.values["rerank"] > 0
    model = tuning.estimator().setIndexDir(place).fit(data).setVectors(data)
    model.exportFaiss(f"{place}.faiss", refine="flat")
    assert Path(f"{place}.faiss").exists()
    never = advice.tune(data, 0.8, bytes=1, quantizers=["pq"], queries=asked, latency=1e-9)
    assert not never.reached


def test_tuning_on_a_small_sample_warns(data: DataFrame, others: DataFrame) -> None:
    tuning = advice.tune(data, 0.5, bytes=4, quantizers=["pq"], queries=others, sampleRows=60)
    assert len(tuning.warnings) == 1
    assert tuning.warnings[0].startswith("the sample has one of 20 rows")
    assert tuning.values["lists"] > tuning.values["sampleLists"] == 3
    assert tuning.values["neighborsCompared"] >= 2
