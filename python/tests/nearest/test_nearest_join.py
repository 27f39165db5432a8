"""What the join gives, beside Spark's own plan: all lists are looked at, so the rows are the same."""

from typing import Any

import pytest

from .conftest import build, with_params
from .helpers import assert_answered, plan, rows

L2 = "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, features)"


@pytest.mark.parametrize("outer", ["", "LEFT OUTER"])
@pytest.mark.parametrize(
    "metric, by",
    [
        ("l2", "DISTANCE vector_l2_distance(q, features)"),
        ("l2", "DISTANCE vector_l2_distance(features, q)"),
        ("l2", "SIMILARITY -vector_l2_distance(q, features)"),
        ("cosine", "SIMILARITY vector_cosine_similarity(q, features)"),
        ("cosine", "DISTANCE 1 - vector_cosine_similarity(q, features)"),
        ("cosine", "DISTANCE 1.0 - vector_cosine_similarity(features, q)"),
        ("ip", "SIMILARITY vector_inner_product(q, features)"),
        ("ip", "DISTANCE -vector_inner_product(q, features)"),
    ],
)
def test_metrics(spark: Any, tables: Any, outer: Any, metric: Any, by: Any) -> None:
    spark.conf.set("spark.nsvq.nearest.index.base", str(tables / metric))
    query = f"SELECT * FROM queries {outer} JOIN base APPROX NEAREST 5 BY {by}"
    shown = [
        "the nearest 5 of 5 candidates",
        str(tables / metric),
        metric.upper(),
        "probes = 12 of 12 lists",
    ]
    assert assert_answered(spark, query, *shown).count() == 200


QUERIES = {
    "view": "SELECT qid, vid, t FROM queries JOIN named APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, v)",
    "pruned": "SELECT * FROM queries JOIN (SELECT features, title FROM base) " + L2,
    "projected": "SELECT * FROM (SELECT qid + 1 AS n, q FROM queries) JOIN (SELECT upper(title) u, features FROM base) "
    + L2,
    "filtered": "SELECT * FROM queries JOIN (SELECT * FROM base WHERE color = 'red' AND size > 3) "
    + L2,
    "filtered view": "SELECT * FROM queries JOIN red "
    "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, v)",
    "fewer": "SELECT * FROM queries LEFT JOIN (SELECT * FROM base WHERE size BETWEEN 3 AND 3) "
    "APPROX NEAREST 100 BY DISTANCE vector_l2_distance(q, features)",
    "none": "SELECT * FROM queries LEFT JOIN (SELECT * FROM base WHERE color = 'blue') " + L2,
    "none, inner": "SELECT * FROM queries JOIN (SELECT * FROM base WHERE color = 'blue') " + L2,
    "after": "SELECT * FROM queries JOIN base " + L2 + " WHERE qid % 2 = 0 AND size > 5",
    "duplicates": "SELECT * FROM (SELECT * FROM queries UNION ALL SELECT * FROM queries) JOIN base "
    + L2,
    "limited": "SELECT * FROM (SELECT * FROM queries ORDER BY qid DESC LIMIT 7) JOIN base " + L2,
    "grouped": "SELECT * FROM (SELECT max(qid) m, q FROM queries GROUP BY q) JOIN base " + L2,
    "calculated": "SELECT * FROM queries JOIN base "
    "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(transform(q, x -> x + 1F), features)",
    "constant": "SELECT id FROM (SELECT 1 one) JOIN base APPROX NEAREST 3 BY DISTANCE "
    "vector_l2_distance(array(1F, 2F, 3F, 0F, 0F, 0F, 1F, 1F), features)",
    "itself": "SELECT a.id, b.id, b.title FROM base a JOIN base b "
    "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(a.features, b.features)",
    "CTE": "WITH w AS (SELECT qid, id FROM queries JOIN base "
    + L2
    + ") SELECT a.qid, b.id FROM w a JOIN w b USING (qid)",
    "subquery": "SELECT title FROM base WHERE id IN (SELECT b.id FROM queries JOIN base b "
    "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, b.features))",
    "scalar": "SELECT (SELECT count(DISTINCT id) FROM queries JOIN base " + L2 + ") n",
    "aggregated": "SELECT color, count(*) n, min(qid) FROM queries JOIN base "
    + L2
    + " GROUP BY color",
    "twice": "SELECT * FROM (SELECT qid, q, id first FROM queries JOIN base "
    "APPROX NEAREST 1 BY DISTANCE vector_l2_distance(q, features)) JOIN base " + L2,
    "union": "SELECT qid, id FROM queries JOIN base "
    + L2
    + " UNION ALL SELECT qid, id FROM queries LEFT JOIN base "
    + L2,
    "same names": "SELECT * FROM (SELECT qid id, q features, 'x' title FROM queries) a JOIN base b "
    "APPROX NEAREST 3 BY DISTANCE vector_l2_distance(a.features, b.features)",
}


@pytest.mark.parametrize("adaptive", ["true", "false"])
@pytest.mark.parametrize("name", QUERIES)
def test_queries(spark: Any, indexed: Any, name: Any, adaptive: Any) -> None:
    spark.sql(
        "CREATE OR REPLACE VIEW named AS SELECT id AS vid, features AS v, title AS t FROM base"
    )
    spark.sql(
        "CREATE OR REPLACE TEMP VIEW red AS SELECT size, features AS v FROM base WHERE color = 'red' AND size IN (1, 2)"
    )
    spark.conf.set("spark.sql.adaptive.enabled", adaptive)
    assert_answered(spark, QUERIES[name])


def test_filters_are_the_indexes_own(spark: Any, indexed: Any) -> None:
    query = (
        "SELECT * FROM queries JOIN (SELECT * FROM base WHERE color = 'red' AND size > 3) b " + L2
    )
    assert_answered(spark, query, "filter '((color = 'red') AND (size > 3))'")


def test_data_frames(spark: Any, indexed: Any) -> None:
    from pyspark.sql import functions as F

    ranking = F.call_function("vector_l2_distance", F.col("q"), F.col("features"))

    def joined(how: Any) -> Any:
        return lambda: spark.table("queries").nearestByJoin(
            spark.table("base"), ranking, 4, "approx", "distance", joinType=how
        )

    for how in ["inner", "leftouter"]:
        assert_answered(spark, joined(how), "the nearest 4 of 4 candidates")
    frame = joined("inner")().select("qid", "id")
    both = frame.alias("a").join(frame.alias("b"), "qid")
    assert both.count() == 40 * 16


def test_sides_that_are_no_tables(spark: Any, tables: Any) -> None:
    spark.read.parquet(
        spark.table("base").inputFiles()[0].rsplit("/", 1)[0]
    ).createOrReplaceTempView("files")
    spark.conf.set("spark.nsvq.nearest.index", str(tables / "l2"))
    query = "SELECT * FROM queries JOIN files " + L2
    assert_answered(spark, query)
    assert "IndexSearch" not in plan(spark.sql(query.replace("files", "base"))), (
        "a table has an index of its own"
    )
    spark.conf.unset("spark.nsvq.nearest.index")
    spark.conf.set("spark.nsvq.nearest.index.files", str(tables / "l2"))
    assert_answered(spark, query)


def test_a_tables_property(spark: Any, tables: Any) -> None:
    spark.sql(f"ALTER TABLE base SET TBLPROPERTIES ('nsvq.index' = '{tables / 'l2'}')")
    try:
        assert_answered(spark, "SELECT * FROM queries JOIN base " + L2, str(tables / "l2"))
        spark.conf.set("spark.nsvq.nearest.index.default.base", str(tables / "pq"))
        assert str(tables / "pq") in plan(spark.sql("SELECT * FROM queries JOIN base " + L2))
    finally:
        spark.sql("ALTER TABLE base UNSET TBLPROPERTIES ('nsvq.index')")


def test_names_of_tables_in_upper_and_lower_case(spark: Any, tables: Any) -> None:
    spark.conf.set("spark.nsvq.nearest.index.Default.BASE", str(tables / "l2"))
    assert_answered(spark, "SELECT * FROM queries JOIN Base " + L2, str(tables / "l2"))


def test_tables_of_the_result(spark: Any, indexed: Any) -> None:
    query = "SELECT qid, id, title FROM queries JOIN base " + L2
    spark.sql("CREATE TABLE found AS " + query)
    spark.sql("INSERT INTO found " + query)
    expected = rows(spark.sql(query))
    assert rows(spark.table("found")) == sorted(expected + expected)
    spark.sql("DROP TABLE found")


def test_caches(spark: Any, indexed: Any) -> None:
    query = "SELECT qid, id FROM queries JOIN base " + L2
    frame = spark.sql(query).cache()
    assert frame.count() == 120
    assert "InMemoryTableScan" in spark.sql(query)._jdf.queryExecution().executedPlan().toString()
    assert_answered(spark, query)
    spark.catalog.clearCache()
    spark.table("base").cache().count()
    cached = spark.sql(query)
    assert "InMemoryTableScan" in cached._jdf.queryExecution().executedPlan().toString()
    assert len(rows(cached)) == 120


def test_rows_without_a_vector(spark: Any, indexed: Any) -> None:
    spark.sql(
        "SELECT qid, CASE qid WHEN 1 THEN NULL WHEN 2 THEN array_repeat(CAST(NULL AS FLOAT), 8) ELSE q END q FROM queries"
    ).createOrReplaceTempView("holes")
    for outer, count in [("", 114), ("LEFT", 116)]:
        assert (
            assert_answered(spark, f"SELECT * FROM holes {outer} JOIN base " + L2).count() == count
        )
    # Spark gives such a row any rows of the right side, all at the distance NaN
    nan = "SELECT * FROM (SELECT 1 a, array_repeat(float('nan'), 8) q) LEFT JOIN base " + L2
    assert [row.id for row in spark.sql(nan).collect()] == [None]


def test_another_dimension_is_an_error(spark: Any, indexed: Any) -> None:
    query = "SELECT * FROM (SELECT slice(q, 1, 7) q FROM queries) JOIN base " + L2
    with pytest.raises(Exception, match="has 7 values, the index has 8"):
        spark.sql(query).collect()


def test_ties_are_broken_by_id(spark: Any, indexed: Any) -> None:
    query = "SELECT id FROM (SELECT q FROM queries LIMIT 1) JOIN base APPROX NEAREST 600 BY DISTANCE vector_l2_distance(q, features)"
    assert len(spark.sql(query).collect()) == 600


def test_neighbors_come_nearest_first(spark: Any, indexed: Any) -> None:
    query = "SELECT qid, vector_l2_distance(q, features) d FROM queries JOIN base " + L2
    last: dict[Any, Any] = {}
    for row in spark.sql(query).collect():
        assert row.d >= last.get(row.qid, 0)
        last[row.qid] = row.d


def test_the_same_neighbors_as_the_models_join(spark: Any, indexed: Any) -> None:
    from pyspark.sql import DataFrame

    model = spark._jvm.io.github.sparknsvq.ml.IvfIndexModel.load(str(indexed))
    for probes in [1, 4]:
        with_params(model, {"featuresCol": "q", "k": 3, "probes": probes})
        spark.conf.set("spark.nsvq.nearest.probes", str(probes))
        found = rows(spark.sql("SELECT qid, id FROM queries JOIN base " + L2))
        joined = DataFrame(model.join(spark.table("queries")._jdf, "qid"), spark).select(
            "qid", "id"
        )
        assert found == rows(joined)


def test_string_ids(spark: Any, tables: Any, tmp_path: Any) -> None:
    spark.sql("CREATE TABLE texts AS SELECT concat('v', id) AS id, features FROM base")
    build(spark, spark.table("texts"), tmp_path / "texts")
    spark.conf.set("spark.nsvq.nearest.index.texts", str(tmp_path / "texts"))
    try:
        for outer in ["", "LEFT"]:
            assert_answered(spark, f"SELECT * FROM queries {outer} JOIN texts " + L2)
    finally:
        spark.sql("DROP TABLE texts")


def test_other_ids_and_types(spark: Any, tables: Any, tmp_path: Any) -> None:
    spark.sql(
        "CREATE TABLE others AS SELECT int(id) AS number, CAST(features AS array<double>) AS features FROM base"
    )
    build(spark, spark.table("others"), tmp_path / "others", id_col="number")
    spark.conf.set("spark.nsvq.nearest.index.others", str(tmp_path / "others"))
    try:
        query = "SELECT * FROM queries JOIN others APPROX NEAREST 3 BY DISTANCE vector_l2_distance(q, CAST(features AS array<float>))"
        assert_answered(spark, query)
    finally:
        spark.sql("DROP TABLE others")


def test_codes_are_ranked_again(spark: Any, tables: Any) -> None:
    spark.conf.set("spark.nsvq.nearest.index.base", str(tables / "pq"))
    query = "SELECT qid, id FROM queries JOIN base " + L2
    assert "the nearest 3 of 12 candidates" in plan(spark.sql(query))
    spark.conf.set("spark.nsvq.nearest.overfetch", "200")
    assert_answered(spark, query, "the nearest 3 of 600 candidates")
