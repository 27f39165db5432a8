"""Where an index is not used: Spark's own plan answers, and says why."""

import os
import shutil
import time
from typing import Any

import pytest

from .conftest import build
from .helpers import assert_answered, assert_not_used, plan

L2 = "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, features)"
BASE = "SELECT qid, id FROM queries JOIN base " + L2


@pytest.mark.parametrize(
    "query, reason",
    [
        (BASE.replace("DISTANCE", "SIMILARITY"), "farthest"),
        (
            BASE.replace("vector_l2_distance", "1 - vector_cosine_similarity"),
            "compares by l2, the join by cosine",
        ),
        (BASE.replace("vector_l2_distance(q, features)", "abs(qid - id)"), "it ranks by abs"),
        (BASE.replace("(q, features)", "(q, q)"), "does not compare"),
        (
            "SELECT qid, id FROM queries JOIN (SELECT id, transform(features, x -> x + 1F) features FROM base) "
            + L2,
            "calculated",
        ),
        (
            BASE.replace("features", "cast(cast(features AS array<int>) AS array<float>)"),
            "does not compare",
        ),
        ("SELECT qid, id FROM queries JOIN (SELECT * FROM base LIMIT 600) " + L2, "Limit"),
        (
            "SELECT qid, m FROM queries JOIN (SELECT features, max(id) m FROM base GROUP BY features) "
            + L2,
            "Aggregate",
        ),
        (
            "SELECT qid, id FROM queries JOIN (SELECT * FROM base WHERE title <> 'title 3') " + L2,
            "no attribute",
        ),
        (
            "SELECT qid, id FROM queries JOIN (SELECT * FROM base WHERE size IN (SELECT int(qid) FROM queries)) "
            + L2,
            "not decided by a row alone",
        ),
        (
            "SELECT qid, id FROM queries JOIN (SELECT * FROM base WHERE color RLIKE 'r') " + L2,
            "rlike",
        ),
        (
            "SELECT qid, id FROM (SELECT * FROM queries WHERE rand(1) < 2) JOIN base " + L2,
            "not the same each time",
        ),
    ],
)
def test_queries(spark: Any, indexed: Any, query: Any, reason: Any) -> None:
    assert_not_used(spark, query, reason, str(indexed))


def test_exact_and_switched_off(spark: Any, indexed: Any) -> None:
    assert_not_used(spark, BASE.replace("APPROX", "EXACT"))
    spark.conf.set("spark.nsvq.nearest.enabled", "false")
    assert "IndexSearch" not in plan(spark.sql(BASE))


def test_no_index_is_named(spark: Any, tables: Any) -> None:
    assert_not_used(spark, BASE)


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("probes", "none", "is no number"),
        ("probes", "0", "at least 1"),
        ("probes", "2.5", "is no whole number"),
        ("overfetch", "0.5", "at least 1"),
        ("maxStaleness", "-1", "at least 0"),
        ("maxStaleness", "soon", "is no time"),
        ("index.base", "/nowhere/index", "/nowhere/index"),
    ],
)
def test_settings(spark: Any, indexed: Any, name: Any, value: Any, reason: Any) -> None:
    spark.conf.set("spark.nsvq.nearest." + name, value)
    assert_not_used(spark, BASE, reason)


@pytest.mark.parametrize("part", ["metadata", "coarse", "lists", "manifest"])
def test_a_damaged_index(spark: Any, copied: Any, part: Any) -> None:
    assert_answered(spark, BASE)
    for folder, _, files in os.walk(copied / part):
        for file in files:
            os.remove(os.path.join(folder, file))
    if (
        part == "coarse"
    ):  # what was opened before is known to be whole; another session opens it anew
        for file in os.listdir(copied / "metadata"):
            os.utime(copied / "metadata" / file, (1, 1))
    assert_not_used(spark, BASE, "not used")


def test_an_index_that_is_behind(spark: Any, copied: Any) -> None:
    files = [
        file.removeprefix("file:").replace("///", "/") for file in spark.table("base").inputFiles()
    ]
    before = os.stat(files[0]).st_mtime
    later = time.time() + 100
    os.utime(files[0], (later, later))
    spark.catalog.refreshTable("base")
    try:
        assert_not_used(spark, BASE, "newest file")
        spark.conf.set("spark.nsvq.nearest.maxStaleness", "10s")
        assert_not_used(spark, BASE, "newest file")
        for bound in ["10min", "unlimited"]:
            spark.conf.set("spark.nsvq.nearest.maxStaleness", bound)
            assert_answered(spark, BASE)
    finally:
        os.utime(files[0], (before, before))
        spark.catalog.refreshTable("base")


def test_rows_whose_age_is_unknown(spark: Any, tables: Any) -> None:
    rows = spark.sql("SELECT * FROM base").collect()
    spark.createDataFrame(rows, spark.table("base").schema).createOrReplaceTempView("memory")
    spark.conf.set("spark.nsvq.nearest.index.memory", str(tables / "l2"))
    query = BASE.replace("base", "memory")
    assert_not_used(spark, query, "cannot be known")
    spark.conf.set("spark.nsvq.nearest.maxStaleness", "unlimited")
    assert_answered(spark, query)


def test_changes_of_the_index(spark: Any, copied: Any) -> None:
    model = spark._jvm.io.github.sparknsvq.ml.IvfIndexModel.load(str(copied))
    red = spark.sql("SELECT * FROM base WHERE color = 'red'")
    model.delete(red._jdf)
    found = spark.sql("SELECT DISTINCT color FROM queries JOIN base " + L2)
    assert {row.color for row in found.collect()} == {"green", None}
    model.add(red._jdf)
    assert_answered(spark, BASE)


def test_an_index_that_is_built_anew_in_its_place(spark: Any, copied: Any) -> None:
    assert_answered(spark, BASE)
    shutil.rmtree(copied)
    build(spark, spark.table("base"), copied, quantizer="pq")
    assert "the nearest 3 of 12 candidates" in plan(spark.sql(BASE))
    assert spark.sql(BASE).count() == 120
