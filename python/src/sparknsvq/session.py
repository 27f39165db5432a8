"""Sessions that have spark-nsvq's jar."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, is_remote

from ._jvm import JAVA_PACKAGE, jar_path, java_class, sees, what_to_do

if TYPE_CHECKING:
    from pyspark.sql.session import SparkSession as ClassicSession

__all__ = ["attach", "builder", "jar_path"]


class Builder(SparkSession.Builder):
    """Builds sessions that see spark-nsvq's jar. Made by :func:`builder`."""

    def getOrCreate(self) -> ClassicSession:
        """Return the session that runs or a new one, if it sees the jar.

        Raises
        ------
        RuntimeError
            if a session runs that was started without the jar, or a Connect server was.
        """
        remote = self._options.get("spark.remote", os.environ.get("SPARK_REMOTE", ""))
        if remote.startswith("sc://"):
            self._options.pop("spark.jars", None)  # the server's are what counts
        else:  # a session, or a server that is started here
            _offer(self._options["spark.jars"].split(",")[0])
        return attach(super().getOrCreate())


def builder(*jars: str) -> Builder:
    """Return a builder of sessions that see spark-nsvq's jar.

    Parameters
    ----------
    jars
        further jars for ``spark.jars``.

    Examples
    --------
    >>> spark = sparknsvq.builder().master("local[*]").getOrCreate()
    """
    made = Builder()
    made.config("spark.jars", ",".join([jar_path(), *jars]))
    return made


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
        _attach_classic(spark)
    return spark


def _attach_classic(spark: SparkSession) -> None:
    """Ask the JVM for a class, and whether executors will find it, too."""
    loader = java_class(f"{JAVA_PACKAGE}.VQ")._java_lang_class.getClassLoader()
    classic: Any = spark
    if loader.equals(classic._jsparkSession.sharedState().jarClassLoader()):
        raise RuntimeError(
            "this Spark session was given spark-nsvq's jar by ADD JAR, when it ran already:"
            f" {what_to_do()}"
        )


def _attach_remote(spark: SparkSession) -> None:
    """Ask the server for a data source that only the jar has."""
    try:
        spark.read.format("fvecs").load("/sparknsvq/attach.fvecs").schema  # noqa: B018
    except PySparkException as answer:
        if answer.getCondition() != "DATA_SOURCE_NOT_FOUND":
            return
        try:
            jar = jar_path()
        except FileNotFoundError:
            jar = "spark-nsvq.jar"
        raise RuntimeError(
            "this Spark Connect server does not see spark-nsvq's jar: start the server with"
            f" --jars {jar}"
        ) from None


def _offer(jar: str) -> None:
    """Give the jar to a JVM that runs since an earlier session without it, now stopped.

    Spark gives jars to the driver when it starts the JVM, not to one that is there already.
    """
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None or SparkContext._active_spark_context is not None:
        return
    jvm = gateway.jvm
    if not sees(f"{JAVA_PACKAGE}.VQ", jvm):
        loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
        loader.addURL(jvm.java.net.URI(Path(jar).resolve().as_uri()).toURL())
