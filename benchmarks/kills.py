"""Kills drivers and executors of spark-nsvq's commands at random times; see kills.sh."""

import math
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import time

import numpy as np

from cluster import Cluster, contents, options

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
    parser = options("commands")
    parser.add_argument("--kills", type=int)
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
