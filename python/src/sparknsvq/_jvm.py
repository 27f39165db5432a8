"""The way from Python to the JVM of a classic session, and what is said where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.errors import IllegalArgumentException, PySparkException
from pyspark.sql import is_remote

JAVA_PACKAGE = "io.github.sparknsvq.ml"
ROOT_PACKAGE = "io.github.sparknsvq"


def jar_path() -> str:
    """Return the path of spark-nsvq's jar, for ``spark.jars`` or ``spark-submit --jars``.

    It is the one in this package; of an editable install the one that Maven built.

    Raises
    ------
    FileNotFoundError
        if there is neither.
    """
    named = os.environ.get("NSVQ_JAR")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"NSVQ_JAR={named} is no file")
        return named
    here = Path(__file__).resolve().parent
    packaged = here / "jars" / "spark-nsvq.jar"
    if packaged.is_file():
        return str(packaged)
    built = sorted(here.parents[2].glob("spark-nsvq-cli/target/spark-nsvq-cli_*-fat.jar"))
    if built:
        return str(built[-1])
    raise FileNotFoundError(
        f"spark-nsvq's jar is not in {packaged.parent}: install the package anew"
        " (pip install ./python), or name a jar by NSVQ_JAR"
    )


def what_to_do() -> str:
    """Return how a session gets the jar."""
    try:
        jar = jar_path()
    except FileNotFoundError:
        jar = "spark-nsvq.jar"
    return (
        "stop the session and start one with sparknsvq.builder(), or start it with"
        f" spark.jars={jar}"
    )


def gateway() -> Any:
    """Return py4j's gateway to the JVM of the running classic session."""
    from pyspark import SparkContext

    if SparkContext._active_spark_context is None:
        raise RuntimeError(
            "no Spark session is running: start one with sparknsvq.builder().getOrCreate()"
        )
    return SparkContext._gateway


def jvm() -> Any:
    """Return the root of the JVM's packages."""
    return gateway().jvm


def java_class(name: str) -> Any:
    """Return a Java class by its full name, or say that the jar is not there."""
    root = jvm()
    if not sees(name, root):
        raise RuntimeError(f"this Spark session does not see spark-nsvq's jar: {what_to_do()}")
    return _named(name, root)


def sees(name: str, root: Any) -> bool:
    """Whether a JVM has a class."""
    from py4j.java_gateway import JavaPackage

    return not isinstance(_named(name, root), JavaPackage)


def _named(name: str, root: Any) -> Any:
    for part in name.split("."):
        root = getattr(root, part)
    return root


def needs_classic(what: str, instead: str) -> None:
    """Refuse what Spark Connect has no way for, and name the way that works."""
    if is_remote():
        raise NotImplementedError(f"{what} cannot be called over Spark Connect: {instead}")


@contextmanager
def one_line() -> Iterator[None]:
    """Turn an exception that spark-nsvq threw in the JVM into a Python one with its sentence."""
    if is_remote():
        yield
        return
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except Py4JJavaError as thrown:
        sentence = _sentence(thrown.java_exception)
        if sentence is None:
            raise
        raise IllegalArgumentException(sentence) from None
    except PySparkException as thrown:
        origin = getattr(thrown, "_origin", None)
        sentence = None if origin is None else _sentence(origin)
        if sentence is None or isinstance(thrown, IllegalArgumentException):
            raise
        raise IllegalArgumentException(sentence) from None


def _sentence(thrown: Any) -> str | None:
    """Return what the exception of spark-nsvq in a chain of causes says, or None."""
    for _ in range(20):
        if thrown is None:
            return None
        if thrown.getClass().getName().startswith(ROOT_PACKAGE):
            return str(thrown.getMessage())
        thrown = thrown.getCause()
    return None


def from_matrix(matrix: Any) -> NDArray[np.float32]:
    """Copy a Java FloatMatrix."""
    values = np.frombuffer(matrix.toBytes(), dtype="<f4").astype(np.float32)
    return values.reshape(matrix.rows(), matrix.columns())
