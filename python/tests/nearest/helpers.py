"""Runs a query by the index and by Spark's own plan."""

from typing import Any


def plan(frame: Any) -> Any:
    return frame._jdf.queryExecution().toString()


def rows(frame: Any) -> Any:
    def value(x: Any) -> Any:
        return (
            tuple(round(float(e), 5) for e in x)
            if isinstance(x, list) and x and isinstance(x[0], float)
            else str(x)
        )

    return sorted(tuple(value(x) for x in row) for row in frame.collect())


def own(spark: Any, make: Any) -> Any:
    """What a function makes with the rule switched off."""
    spark.conf.set("spark.nsvq.nearest.enabled", "false")
    try:
        frame = make()
        assert "IndexSearch" not in plan(frame) and "IndexNotUsed" not in plan(frame)
        return frame, rows(frame)
    finally:
        spark.conf.set("spark.nsvq.nearest.enabled", "true")


def assert_answered(spark: Any, query: Any, *shown: Any, compared: Any = rows) -> Any:
    """Asserts that an index answers a query, as Spark's own plan does, and what its plan shows."""
    make = query if callable(query) else lambda: spark.sql(query)
    frame = make()
    text = plan(frame)
    assert "IndexSearch" in text, text
    for part in shown:
        assert part in text, text
    expected, expected_rows = own(spark, make)
    assert frame.schema == expected.schema
    assert compared(frame) == expected_rows
    return frame


def assert_not_used(spark: Any, query: Any, *reasons: Any) -> Any:
    """Asserts that Spark's own plan answers, and that the plan says why."""
    frame = spark.sql(query)
    text = plan(frame)
    assert "IndexSearch" not in text, text
    if reasons:
        assert "IndexNotUsed" in text, text
        for reason in reasons:
            assert reason in text, text
    else:
        assert "IndexNotUsed" not in text, text
    expected, expected_rows = own(spark, lambda: spark.sql(query))
    assert frame.schema == expected.schema
    assert rows(frame) == expected_rows
