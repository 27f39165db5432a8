"""Sessions that have spark-nsvq's jar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession, is_remote

from ._jvm import JAVA_PACKAGE, jar_path, java_class

if TYPE_CHECKING:
    from pyspark.sql.session import SparkSession as ClassicSession

__all__ = ["attach", "builder", "jar_path"]


def builder(*jars: str) -> ClassicSession.Builder:
    """Return a builder of classic sessions that have spark-nsvq's jar.

    Parameters
    ----------
    jars
        further jars for ``spark.jars``.

    Examples
    --------
    >>> spark = sparknsvq.builder().master("local[*]").getOrCreate()
    """
    return SparkSession.Builder().config("spark.jars", ",".join([jar_path(), *jars]))


def attach(spark: SparkSession) -> SparkSession:
    """Return a session if it sees spark-nsvq's jar, or say what to do.

    For sessions that others started: of a notebook, of a cluster, of Spark Connect.

    Raises
    ------
    RuntimeError
        if the session, or the server of a Spark Connect session, was started without the jar.
    """
    if is_remote():
        _attach_remote(spark)
    else:
        java_class(f"{JAVA_PACKAGE}.VQ")
    return spark


def _attach_remote(spark: SparkSession) -> None:
    """Ask the server for a data source that only the jar has."""
    from pyspark.errors import PySparkException

    try:
        spark.read.format("fvecs").load("/sparknsvq/attach.fvecs").schema  # noqa: B018
    except PySparkException as answer:
        if answer.getCondition() != "DATA_SOURCE_NOT_FOUND":
            return
        raise RuntimeError(
            "this Spark Connect server does not see spark-nsvq's jar: start the server with"
            f" --jars {_named()}"
        ) from None


def _named() -> Sequence[str] | str:
    try:
        return jar_path()
    except FileNotFoundError:
        return "spark-nsvq.jar"
