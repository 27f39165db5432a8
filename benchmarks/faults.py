"""Faults in the middle of spark-nsvq's commands on a standalone cluster; see faults.sh."""

import fcntl
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import time
from typing import NamedTuple

import numpy as np
import pyarrow.parquet

from cluster import WORKERS, Cluster, contents, options

ROWS, QUERIES, DIMENSION = 6_000, 4_000, 16
CODES = ["--codebooks", "4", "--bits", "5", "--seed", "3", "--device", "cpu"]
TRAIN = ["train", "--quantizer", "rq", "--joint-iter", "60", "--max-iter", "5", *CODES]  # many rounds: a worker that joins takes seconds
BUILD = ["index", "--quantizer", "pq", "--lists", "32", "--max-iter", "4", *CODES]
COMMANDS = {
    "train": [*TRAIN, "--input", "base.npy"],
    "encode": ["encode", "--model", "model", "--beam", "64", "--codes", "--input", "base.npy"],
    "index": [*BUILD, "--input", "base.npy"],
    "search": ["search", "--index", "index", "--queries", "queries.npy", "--k", "10", "--probes", "16",
               "--rerank", "100", "--vectors", "base.npy"],
    "export": ["export", "--index", "index", "--vectors", "base.npy", "--refine", "flat"],
}
DISTURBED = ["train", "encode", "index", "search"]
FILES = {"base.npy", "queries.npy", "model", "index"}
# an executor that hangs hands its tasks to the other one, and soon
SPECULATION = ["spark.speculation=true", "spark.speculation.interval=50ms", "spark.speculation.multiplier=1.1",
               "spark.speculation.quantile=0.2", "spark.speculation.minTaskRuntime=50ms", "spark.locality.wait=100ms"]
# most of a command's time is that of starting three JVMs, and of compiling what runs for seconds
JAVA = ["-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m", "-XX:+UseSerialGC"]
HANGS, GOES = (0.4, 1.2), (0.05, 0.3)  # seconds, from and to
TRIES = 4  # of a fault that came too late
LATE = 20  # seconds after which no executor of an ended driver may run


class Outcome(NamedTuple):
    """What came of a fault."""

    struck: bool  # while the command worked
    what: str  # the signs of it
    wrong: str  # empty where all is as without the fault


class Run:
    """A command that runs, and what Spark notes about it as it goes."""

    def __init__(self, cluster, name, place, settings=()):
        self.place = place
        events = place / "events"
        events.mkdir()
        command, *rest = COMMANDS[name]
        rest = [str(cluster.given.keep / word) if word in FILES else word for word in rest]
        self.process = cluster.submit(
            [command, *rest, "--output", place / "out" / name, "--mode", "overwrite"],
            ["spark.eventLog.enabled=true", f"spark.eventLog.dir=file://{events}", "spark.eventLog.compress=false",
             "spark.eventLog.rolling.enabled=false", f"spark.executor.extraJavaOptions={' '.join(JAVA)}", *settings],
            JAVA)
        self.events = events

    def lines(self):
        try:
            return [line for file in self.events.iterdir() for line in file.read_text().splitlines()]
        except FileNotFoundError:  # gets its last name just now
            return self.lines()

    def noted(self):
        """The events so far."""
        found = []
        for line in self.lines():
            try:
                found.append(json.loads(line))
            except ValueError:  # the last one is not whole yet
                pass
        return found

    def jobs(self):
        return sum(line.startswith('{"Event":"SparkListenerJobStart"') for line in self.lines())

    def await_job(self, number, pause):
        """Waits until a job has started, and a pause more; returns whether the command still runs."""
        while self.process.poll() is None and self.jobs() < number:
            time.sleep(0.05)
        end = time.time() + pause
        while self.process.poll() is None and time.time() < end:
            time.sleep(0.01)
        return self.process.poll() is None

    def working(self):
        """The events until Spark was told to stop."""
        found = self.noted()
        end = [i for i, event in enumerate(found) if event["Event"] == "SparkListenerApplicationEnd"]
        return found[: end[0]] if end else found


def executor_killed(cluster, run, chance):
    running = cluster.executors()
    if running:
        os.kill(chance.choice(running), signal.SIGKILL)
    return run.process.wait()


def worker_killed(cluster, run, chance):
    """Its executor ends with it."""
    cluster.end_worker(chance.choice(cluster.workers), signal.SIGKILL)
    return run.process.wait()


def worker_joins(cluster, run, _):
    cluster.start_worker()
    return run.process.wait()


def executor_hangs(cluster, run, chance):
    """Stops one executor for moments, again and again."""
    running = cluster.executors()
    slow = chance.choice(running) if running else None
    while run.process.poll() is None and slow in cluster.executors():
        for how, (least, most) in (signal.SIGSTOP, HANGS), (signal.SIGCONT, GOES):
            try:
                os.kill(slow, how)
            except ProcessLookupError:
                return run.process.wait()
            end = time.time() + chance.uniform(least, most)
            while run.process.poll() is None and time.time() < end:
                time.sleep(0.01)
    if slow in cluster.executors():
        os.kill(slow, signal.SIGCONT)
    return run.process.wait()


def driver_killed(_, run, __):
    run.process.kill()
    return run.process.wait()


def lost(events):
    """Executors that were lost, and tasks that ran in vain."""
    executors = sum(event["Event"] == "SparkListenerExecutorRemoved" for event in events)
    tasks = sum(event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] != "Success"
                for event in events)
    return executors, f"{tasks} tasks again"


def joined(events):
    """Tasks of executors other than the first, whose worker was there from the start."""
    added = [event["Executor ID"] for event in events if event["Event"] == "SparkListenerExecutorAdded"]
    tasks = sum(event["Event"] == "SparkListenerTaskStart" and event["Task Info"]["Executor ID"] in added[1:]
                for event in events)
    return tasks, f"{tasks} tasks there"


def speculative(events):
    tasks = sum(event["Event"] == "SparkListenerTaskStart" and event["Task Info"]["Speculative"] for event in events)
    return tasks, f"{tasks} tasks twice"


def began(events):
    jobs = [event["Event"] for event in events]
    return jobs.count("SparkListenerJobStart"), f"in job {jobs.count('SparkListenerJobStart')}"


class Fault(NamedTuple):
    name: str
    commands: list
    trials: int  # for each that is asked for
    strike: object  # does it and returns the exit status
    seen: object  # what says that it struck
    settings: tuple = ()


FAULTS = [
    Fault("executor killed", DISTURBED, 2, executor_killed, lost),
    Fault("worker killed", DISTURBED, 1, worker_killed, lost),
    Fault("worker joins", DISTURBED, 1, worker_joins, joined),
    Fault("speculation", DISTURBED, 1, executor_hangs, speculative, tuple(SPECULATION)),
    Fault("driver killed", ["export"], 3, driver_killed, began),
]


def answers(output):
    """What a command wrote: neighbors as rows in the order of their queries, all else as bytes."""
    if output.name == "search":
        rows = pyarrow.parquet.read_table(output).sort_by("id").to_pylist()
        return hashlib.sha256(repr([(row["id"], row["neighbors"]) for row in rows]).encode()).hexdigest()
    if output.is_dir():
        return contents(output)
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(output.parent.iterdir())]


def fresh(place):
    shutil.rmtree(place, ignore_errors=True)
    (place / "out").mkdir(parents=True)
    return place


def undisturbed(cluster, name):
    """Runs a command; returns its jobs and what it writes."""
    run = Run(cluster, name, fresh(cluster.given.work / "place"))
    began_at = time.time()
    if run.process.wait() != 0:
        sys.exit(said(cluster))
    print(f"{name}: {time.time() - began_at:.1f} s undisturbed, {run.jobs()} jobs", file=sys.stderr, flush=True)
    return run.jobs(), answers(run.place / "out" / name)


def expected(cluster, names):
    """The jobs and results of commands, undisturbed; they are kept."""
    kept = cluster.given.keep / "undisturbed.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    for name in names:
        if name not in known:
            known[name] = undisturbed(cluster, name)
            kept.write_text(json.dumps(known))
    return known


def said(cluster):
    return (cluster.given.work / "driver.txt").read_text()[-3000:]


def trial(cluster, fault, name, jobs, expected, chance):
    """Lets a fault happen in a command, once."""
    joins = fault.strike is worker_joins
    if joins:
        cluster.end_worker(cluster.workers[-1], signal.SIGTERM)
        cluster.await_workers(WORKERS - 1)
    run = Run(cluster, name, fresh(cluster.given.work / "place"), fault.settings)
    # a worker takes seconds to start, and the others are to meet work in all its phases
    target, pause = (1, 0) if joins or fault.settings else (chance.randint(1, jobs), chance.uniform(0, 0.5))
    in_time = run.await_job(target, pause)
    status = fault.strike(cluster, run, chance) if in_time else run.process.wait()
    events = run.working()
    while len(cluster.workers) < WORKERS:
        cluster.start_worker()
    cluster.await_workers(WORKERS)
    count, what = fault.seen(events)
    if status != 0 and fault.strike is driver_killed:
        status = Run(cluster, name, again(run.place)).process.wait()
    end = time.time() + LATE
    while cluster.executors() and time.time() < end:
        time.sleep(0.05)
    if status != 0:
        return Outcome(count > 0, what, f"exit status {status}: " + said(cluster).strip().splitlines()[-1])
    out = run.place / "out"
    left = [str(path.relative_to(out)) for path in out.rglob(".*") if not path.name.endswith(".crc")]
    others = {path.name.split(".")[0] for path in out.iterdir()} - {name, ""}
    if left or others:
        return Outcome(count > 0, what, "left " + " ".join([*left, *others]))
    return Outcome(in_time and count > 0, what, "" if answers(out / name) == expected else "another result")


def again(place):
    """The place as it is, for the same command."""
    shutil.rmtree(place / "events")
    return place


class Kept:
    """The outcomes of trials, in a file from which a run that was cut goes on."""

    def __init__(self, file):
        self.file = file
        self.known = {}
        if file.exists():
            for key, outcome in map(json.loads, file.read_text().splitlines()):
                self.known[tuple(key)] = Outcome(*outcome)

    def get(self, key, find):
        if key not in self.known:
            self.known[key] = find()
            with open(self.file, "a") as out:
                out.write(json.dumps([key, self.known[key]]) + "\n")
            print(*key, self.known[key], file=sys.stderr, flush=True)
        return self.known[key]


def disturb(cluster, given):
    """Runs all trials and prints a row for each fault and command; returns how many are not as they should be."""
    faults = [fault for fault in FAULTS if given.only in fault.name]
    known = expected(cluster, [name for name in COMMANDS if any(name in fault.commands for fault in faults)])
    kept = Kept(given.keep / "outcomes.jsonl")
    pairs = [(fault, name) for fault in faults for name in fault.commands]
    outcomes = {(fault.name, name): [] for fault, name in pairs}
    while True:
        # by commands: all kinds of faults soon
        turn = [(fault, name) for fault, name in sorted(pairs, key=lambda pair: pair[1])
                if wants(outcomes[fault.name, name], fault.trials * given.trials)]
        if not turn:
            break
        for fault, name in turn:
            found = outcomes[fault.name, name]
            key = (given.seed, fault.name, name, len(found))
            chance = random.Random(str(key))
            found.append(kept.get(key, lambda: trial(cluster, fault, name, *known[name], chance)))
    print(f"{'fault':<16} {'command':<8} {'done':>5} {'struck':>7} {'same result':>12}  signs of it, by trial")
    failed = sum(row(*pair, found) for pair, found in outcomes.items())
    print("\ndone: times that the fault was caused; struck: while the command worked, as the signs say (others came too"
          " late);\nsame result: exit status 0 (of a killed driver's command, run again), the result of an undisturbed"
          " run (neighbors row\nby row, all else byte by byte), and nothing left beside it")
    return failed


def wants(outcomes, trials):
    return sum(o.struck for o in outcomes) < trials and len(outcomes) < trials + TRIES


def row(fault, name, outcomes):
    same = sum(not o.wrong for o in outcomes)
    struck = sum(o.struck for o in outcomes)
    print(f"{fault:<16} {name:<8} {len(outcomes):>5} {struck:>7} {same:>12}  "
          + ", ".join(o.what if o.struck else "-" for o in outcomes))
    for o in outcomes:
        if o.wrong:
            print(f"    FAILED: {o.wrong}")
    return len(outcomes) - same + (struck == 0)


def prepare(cluster, keep):
    """Makes what commands read."""
    values = np.random.default_rng(1)
    centers = 5 * values.standard_normal((100, DIMENSION))
    for name, rows in ("base.npy", ROWS), ("queries.npy", QUERIES):
        np.save(keep / name, (centers[values.integers(0, 100, rows)]
                              + values.standard_normal((rows, DIMENSION))).astype("<f4"))
    for command, output in (TRAIN, "model"), (BUILD, "index"):
        line = [*command, "--input", keep / "base.npy", "--output", keep / output]
        if not (keep / output).exists() and cluster.submit(line, java=JAVA).wait() != 0:
            sys.exit(said(cluster))


def main():
    parser = options("faults")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--keep", type=pathlib.Path, help="folder from which a run that was cut goes on")
    given = parser.parse_args()
    given.keep.mkdir(exist_ok=True)
    alone = open(given.keep / "lock", "w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"another run uses {given.keep}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # and the cluster with it
    cluster = Cluster(given)
    try:
        prepare(cluster, given.keep)
        failed = disturb(cluster, given)
    finally:
        cluster.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
