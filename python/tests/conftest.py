"""One session for all tests, and vectors that have clusters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

import sparknsvq

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

ROWS, DIMENSION = 1200, 16


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    builder = sparknsvq.builder().master("local[2]").appName("sparknsvq tests")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def vectors() -> NDArray[np.float32]:
    return clustered(ROWS)


def clustered(rows: int, seed: int = 7) -> NDArray[np.float32]:
    """Return vectors around 20 centers."""
    random = np.random.default_rng(seed)
    centers = np.random.default_rng(0).normal(scale=3, size=(20, DIMENSION))
    found: NDArray[np.float32] = (
        centers[random.integers(20, size=rows)] + random.normal(size=(rows, DIMENSION))
    ).astype(np.float32)
    return found


def table(vectors: NDArray[np.float32], **more: Any) -> pa.Table:
    """Return vectors with ids from 0."""
    return pa.table({"id": np.arange(len(vectors)), "features": list(vectors), **more})


@pytest.fixture(scope="session")
def data(spark: SparkSession, vectors: NDArray[np.float32]) -> DataFrame:
    colors = np.array(["red", "green", "blue"])[np.arange(len(vectors)) % 3]
    frame: DataFrame = spark.createDataFrame(table(vectors, color=colors))
    return frame.repartition(2).cache()


@pytest.fixture(scope="session")
def index(data: DataFrame, tmp_path_factory: pytest.TempPathFactory) -> sparknsvq.IvfIndexModel:
    directory = tmp_path_factory.mktemp("shared") / "index"
    return sparknsvq.IvfIndex(
        indexDir=str(directory),
        numLists=8,
        numCodebooks=4,
        codebookBits=4,
        maxIter=3,
        attributeCols=["color"],
    ).fit(data)


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "saved")
