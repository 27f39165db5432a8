"""Kills drivers and executors of spark-nsvq's commands at random times; see kills.sh."""

import argparse
import hashlib
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np

ROWS, DIMENSION = 4_000, 16
CODES = ["--codebooks", "4", "--bits", "5"]
TRAINED = ["--local-steps", "1", "--max-iter", "6", "--seed", "3", "--device", "cpu"]
COMMANDS = {
    "train vq": ["train", "--k", "64", *TRAINED],
    "train pq": ["train", "--quantizer", "pq", *CODES, *TRAINED],
    "train opq": ["train", "--quantizer", "opq", "--rotation-iter", "5", *CODES, *TRAINED],
    "train rq": ["train", "--quantizer", "rq", "--joint-iter", "4", *CODES, *TRAINED],
    "train aq": ["train", "--quantizer", "aq", "--joint-iter", "4", *CODES, *TRAINED],
    "index": ["index", "--quantizer", "pq", "--lists", "32", *CODES, *TRAINED],
}


class Cluster:
    """A master and two workers of one core."""

    def __init__(self, given):
        self.given = given
        self.log = open(given.work / "daemons.txt", "wb")
        port, ui = free_port(), free_port()
        self.master = f"spark://127.0.0.1:{port}"
        self.daemons = [self.daemon("master.Master", "--port", port, "--webui-port", ui)]
        wait(lambda: alive(ui) == 0)
        for i in range(2):
            work = given.work / f"work{i}"
            self.daemons.append(
                self.daemon("worker.Worker", "--webui-port", 0, "-c", 1, "-m", "1g", "-d", work, self.master))
        wait(lambda: alive(ui) == 2)

    def daemon(self, name, *args):
        line = [self.given.java, "-Xmx256m", "-cp", f"{os.environ['SPARK_HOME']}/jars/*",
                f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", *map(str, args)]
        return subprocess.Popen(line, stdout=self.log, stderr=self.log)

    def executors(self):
        """The executors that run now, by their process numbers."""
        workers = {daemon.pid for daemon in self.daemons[1:]}
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

    def submit(self, command):
        options = pathlib.Path(self.given.options).read_text().split()
        line = [self.given.java, *options, "-Xmx600m", f"-Dlog4j2.configurationFile={self.given.log}", "-cp",
                f"{os.environ['SPARK_HOME']}/jars/*", "org.apache.spark.deploy.SparkSubmit", "--master", self.master,
                "--driver-memory", "600m", "--executor-memory", "600m"]
        for setting in ("spark.ui.enabled=false", "spark.sql.files.maxPartitionBytes=70k",
                        "spark.sql.files.openCostInBytes=1k", "spark.sql.shuffle.partitions=4",
                        "spark.driver.host=127.0.0.1", "spark.default.parallelism=4"):
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


def passes(state):
    """The passes whose checkpoints are there now."""
    try:
        return {str(file.relative_to(state)) for file in state.glob("**/pass-*")
                if file.is_file() and not file.name.startswith(".")}
    except FileNotFoundError:  # deleted meanwhile
        return set()


def follow(process, state, until):
    """Waits until a process has saved so many passes, or has ended; returns those seen, as a list in their order."""
    seen = []
    while len(seen) < until and process.poll() is None:
        seen += sorted(passes(state) - set(seen))
        time.sleep(0.02)
    return seen


def main():
    parser = argparse.ArgumentParser()
    for name in ("java", "options", "jar", "log"):
        parser.add_argument("--" + name)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", default="", help="part of the names of the commands to run")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # and the cluster with it
    values = np.random.default_rng(1)
    centers = 5 * values.standard_normal((100, DIMENSION))
    rows = centers[values.integers(0, 100, ROWS)] + values.standard_normal((ROWS, DIMENSION))
    np.save(given.work / "base.npy", rows.astype("<f4"))

    cluster = Cluster(given)
    try:
        failed = kill_all(cluster, given, random.Random(given.seed))
    finally:
        cluster.stop()
    sys.exit(1 if failed else 0)


def kill_all(cluster, given, chance):
    place = given.work / "place"

    def command(name):
        return [*COMMANDS[name], "--input", given.work / "base.npy", "--checkpoint", place / "state", "--mode",
                "overwrite", "--output", place / "out"]

    expected, seconds, saved = {}, {}, {}
    names = [name for name in COMMANDS if given.only in name]
    for name in names:
        place.mkdir()
        began = time.time()
        process = cluster.submit(command(name))
        saved[name] = len(follow(process, place / "state", math.inf))
        if process.wait() != 0:
            sys.exit((given.work / "driver.txt").read_text()[-2000:])
        seconds[name] = time.time() - began
        expected[name] = contents(place / "out")
        print(f"{name}: {seconds[name]:.1f} s undisturbed, {saved[name]} passes saved", file=sys.stderr)
        shutil.rmtree(place)

    print(f"{'command':<10} {'killed':<9} {'after, s':>8} {'last saved':<28} {'runs':>4}  result")
    failed = 0
    kill = 0
    while kill < given.kills:
        name = names[kill % len(names)]
        victim = "executor" if chance.random() < 0.4 else "driver"
        # by the passes that are done rather than by the clock, which says little on a machine that others use, too:
        # one time in eight before the first of them, when a driver or its executors start
        target = max(0, chance.randint(-saved[name] // 8, saved[name]))
        place.mkdir()
        began = time.time()
        process = cluster.submit(command(name))
        seen = follow(process, place / "state", target)
        pause = chance.uniform(0, 0.6 * seconds[name] if target == 0 else 1)
        end = time.time() + pause
        while time.time() < end and process.poll() is None:
            time.sleep(0.01)
        seen += sorted(passes(place / "state") - set(seen))
        after = time.time() - began
        running = cluster.executors()
        if process.poll() is not None or (victim == "executor" and not running):
            process.wait()  # nobody was there to be killed: again
            shutil.rmtree(place)
            continue
        if victim == "executor":
            os.kill(chance.choice(running), 9)
            done, runs = process.wait() == 0, 1
        else:
            process.kill()
            process.wait()
            done, runs = False, 1
        while not done and runs < 4:
            runs += 1
            done = cluster.submit(command(name)).wait() == 0
        left = sorted(path.name for path in place.iterdir() if path.name != "out")
        if not done:
            result = "FAILED: " + (given.work / "driver.txt").read_text().strip().splitlines()[-1]
        elif contents(place / "out") != expected[name]:
            result = "FAILED: other bytes"
        elif left:
            result = "FAILED: left " + " ".join(left)
        else:
            result = "same bytes"
        failed += result.startswith("FAILED")
        last = re.sub(r"\.nsvq-checkpoint", "", seen[-1]) if seen else "-"
        print(f"{name:<10} {victim:<9} {after:>8.1f} {last:<28} {runs:>4}  {result}", flush=True)
        print(f"{kill + 1} of {given.kills}: {name} {victim} {result}", file=sys.stderr)
        shutil.rmtree(place)
        kill += 1
    print(f"\n{given.kills - failed} of {given.kills}: the same codebooks and lists, byte for byte, and nothing left")
    return failed


main()
