"""An index that follows a stream and a table, by the code of docs/streams.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparknsvq import IvfIndex, IvfIndexModel, SourcePosition

DOCUMENT = Path(__file__).parents[2] / "docs" / "streams.md"


@pytest.fixture
def model(data: DataFrame, place: str) -> IvfIndexModel:
    index = IvfIndex(indexDir=place, numLists=4, quantizer="flat", maxIter=1)
    return index.build(data.filter("id < 300"), data.filter("id < 100"))


def held(index: IvfIndexModel) -> list[int]:
    return sorted(row.id for row in index.ids().collect())


def test_the_stream_of_the_document(
    model: IvfIndexModel, spark: SparkSession, data: DataFrame, tmp_path: Path
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    folder = str(tmp_path / "changes")
    rows = data.select("id", "features", sf.lit(1).alias("version"), sf.lit(False).alias("deleted"))
    gone = rows.filter("id < 10").withColumn("deleted", sf.lit(True))
    gone = gone.union(rows.filter("id = 111").withColumns({"version": sf.lit(2)}))
    rows.filter("id >= 100 and id < 120").union(gone).coalesce(1).write.parquet(folder)
    changes = spark.readStream.schema(rows.schema).parquet(folder)
    for checkpoint in ("once", "again"):
        names: dict[str, Any] = {
            "index": model,
            "changes": changes,
            "checkpoint": str(tmp_path / checkpoint),
        }
        exec(code, names)
        query = names["query"]
        query.processAllAvailable()
        query.stop()
    assert held(model) == list(range(10, 120))
    assert model.positions() == {"photos": SourcePosition.batch("photos", 0)}
    assert len(list((Path(model.path) / "lists").glob("segment=*"))) == 2


def test_upsert_and_upsert_newer(model: IvfIndexModel, data: DataFrame) -> None:
    position = SourcePosition.snapshot("table", 7)
    assert model.upsert(data.filter("id >= 90 and id < 110"), data.filter("id = 3"), position)
    assert not model.upsert(data.filter("id >= 110"), position=position)
    assert model.upsert(None, position=SourcePosition("other", "watermark", "x"))
    table = data.withColumn("changed", sf.col("id"))
    assert model.upsertNewer(table.filter("id < 130"), "changed", "rows")
    assert not model.upsertNewer(table.filter("id < 130"), "changed", "rows")
    assert model.upsertNewer(table.filter("id < 140"), "changed", "rows")
    assert held(model) == list(range(140))
    assert model.positions() == {
        "other": SourcePosition.watermark("other", "x"),
        "rows": SourcePosition.watermark("rows", "139"),
        "table": position,
    }
    with pytest.raises(IllegalArgumentException, match="which is no batch"):
        model.upsert(None, None, SourcePosition.batch("table", 0))
    with pytest.raises(IllegalArgumentException, match="of the kind 'offset'"):
        model.upsert(None, None, SourcePosition("table", "offset", "0"))  # type: ignore[arg-type]
