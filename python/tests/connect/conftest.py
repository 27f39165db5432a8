"""A Spark Connect server with the jar, and a session that knows it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

import sparknsvq

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
SECONDS_TO_START = 120


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Start a server in a process of its own; the port is its value."""
    port = free_port()
    home = Path(pyspark.__file__).parent
    place = tmp_path_factory.mktemp("server")
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(place / "warehouse"),
    }
    command = [str(home / "bin/spark-submit"), "--class", SERVER, "--master", "local[2]"]
    command += ["--driver-memory", "2g", "--jars", sparknsvq.jar_path()]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    environment = dict(os.environ, SPARK_HOME=str(home), PYSPARK_PYTHON=sys.executable)
    environment.pop("SPARK_REMOTE", None)
    log = place / "log"
    with open(log, "w") as out:
        process = subprocess.Popen(
            [*command, "spark-internal"], stdout=out, stderr=out, env=environment, cwd=place
        )
    try:
        ends = time.monotonic() + SECONDS_TO_START
        while not listens(port):
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def spark(server: int) -> Iterator[SparkSession]:
    session = sparknsvq.builder().remote(f"sc://127.0.0.1:{server}").getOrCreate()
    yield session
    session.stop()
