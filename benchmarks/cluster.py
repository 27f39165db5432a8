"""A standalone cluster on this machine, for scripts that disturb it, and what tells its outputs apart."""

import argparse
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

WORKERS = 2


def options(only):
    """A parser of the options that a cluster needs; ``only`` says of what a part of the name chooses some."""
    parser = argparse.ArgumentParser()
    for name in ("java", "options", "jar", "log"):
        parser.add_argument("--" + name)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", default="", help=f"part of the names of the {only}")
    return parser


class Cluster:
    """A master and two workers of one core, each with an address of its own: Spark runs no task twice on one."""

    def __init__(self, given):
        self.given = given
        self.log = open(given.work / "daemons.txt", "wb")
        port, self.ui = free_port(), free_port()
        self.master = f"spark://127.0.0.1:{port}"
        self.daemons = [self.daemon("master.Master", "127.0.0.1", "--port", port, "--webui-port", self.ui)]
        self.hosts = {}
        self.await_workers(0)
        for _ in range(WORKERS):
            self.start_worker()
        self.await_workers(WORKERS)

    @property
    def workers(self):
        return self.daemons[1:]

    def start_worker(self):
        """Starts one more worker and does not wait for it."""
        taken = {self.hosts[worker.pid] for worker in self.workers}
        host = next(host for host in map("127.0.0.{}".format, range(1, 255)) if host not in taken)
        worker = self.daemon("worker.Worker", host, "--webui-port", 0, "-c", 1, "-m", "1g", "-d",
                             self.given.work / "workers", self.master)
        self.daemons.append(worker)
        self.hosts[worker.pid] = host

    def end_worker(self, worker, how):
        """Ends a worker by a signal."""
        worker.send_signal(how)
        worker.wait()
        self.daemons.remove(worker)

    def await_workers(self, count):
        """Waits until the master knows so many workers; one that is killed is known until it is missed."""
        wait(lambda: alive(self.ui) == count)

    def daemon(self, name, host, *args):
        line = [self.given.java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                f"{os.environ['SPARK_HOME']}/jars/*", f"org.apache.spark.deploy.{name}", "--host", host,
                *map(str, args)]
        return subprocess.Popen(line, stdout=self.log, stderr=self.log)

    def executors(self):
        """The executors that run now, by their process numbers."""
        workers = {worker.pid for worker in self.workers}
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes()
                parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            if parent in workers and b"CoarseGrainedExecutorBackend" in line:
                found.append(int(process.name))
        return sorted(found)

    def submit(self, command, settings=(), java=()):
        """Starts a driver, with Spark's settings and options of Java; what it says goes to driver.txt."""
        options = pathlib.Path(self.given.options).read_text().split()
        line = [self.given.java, *options, *java, "-Xmx600m", f"-Dlog4j2.configurationFile={self.given.log}", "-cp",
                f"{os.environ['SPARK_HOME']}/jars/*", "org.apache.spark.deploy.SparkSubmit", "--master", self.master,
                "--driver-memory", "600m", "--executor-memory", "600m"]
        for setting in ("spark.ui.enabled=false", "spark.sql.files.maxPartitionBytes=70k",
                        "spark.sql.files.openCostInBytes=1k", "spark.sql.shuffle.partitions=4",
                        "spark.driver.host=127.0.0.1", "spark.default.parallelism=4", *settings):
            line += ["--conf", setting]
        line += ["--class", "io.github.sparknsvq.cli.Nsvq", self.given.jar, *map(str, command)]
        with open(self.given.work / "driver.txt", "wb") as log:
            return subprocess.Popen(line, stdout=log, stderr=log)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(ui):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ui}/json/") as answer:
            return json.load(answer)["aliveworkers"]
    except OSError:
        return -1


def wait(condition, seconds=120):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            sys.exit("the cluster does not come up")
        time.sleep(0.1)


def contents(output):
    """A hash of all codebooks and lists: of every file's pages, but neither of names, which are random in part, nor of
    footers, in which Parquet names its encodings in the order of a hash table."""
    files = []
    for file in output.rglob("*.parquet"):
        place = re.sub(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", str(file.relative_to(output)))
        data = file.read_bytes()
        footer = int.from_bytes(data[-8:-4], "little")
        files.append((place, hashlib.sha256(data[: -8 - footer]).hexdigest()))
    if not files:
        sys.exit(f"nothing in {output}")
    return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()
