#!/usr/bin/env python3
"""Time and memory that an index takes, from the work of the steps (docs/scaling.md) and the rates of slopes.txt:

    benchmarks/sizing.py                    prints the tables of docs/sizing.md
    benchmarks/sizing.py --write            puts them there
    benchmarks/sizing.py --check            fails where others are there
    benchmarks/sizing.py --rows 3e8 --lists 50000 --dimension 768 --codebooks 96 --cores 64    prints them for such an index

A rate is the multiply-adds that come on top when rows alone, or lists alone, grow, by the core-seconds that come on top.
The two differ, so times are given by the faster and by the slower one.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOPES = ROOT / "benchmarks/results/slopes.txt"
PAGE = ROOT / "docs/sizing.md"
BEGIN, END = "<!-- sizing.py -->\n", "<!-- end of sizing.py -->\n"
# From so many lists on, they are trained in cells and found by way of them.
CELLS_FROM = 16_384
TRAINING = ("lists", "residuals", "codebooks")


@dataclass(frozen=True)
class Index:
    rows: float
    lists: int
    dimension: int = 128
    codebooks: int = 16
    bits: int = 8
    train_rows: float | None = None

    @property
    def trained(self) -> float:
        return self.train_rows or self.rows

    @property
    def in_cells(self) -> bool:
        return self.lists >= CELLS_FROM

    def work(self) -> dict[str, float]:
        """Multiply-adds of each step at maxIter 5, as docs/scaling.md lists them."""
        n, k, d = self.trained, self.lists, self.dimension
        codewords = 2**self.bits
        if self.in_cells:
            lists = (7 * n + 16 * min(n, 256 * k) + 15 * n) * math.sqrt(k) * d
            residuals = 9 * n * math.sqrt(k) * d
            put = 9 * self.rows * math.sqrt(k) * d
        else:
            lists, residuals, put = 6 * n * k * d, n * k * d, self.rows * k * d
        return {
            "lists": lists,
            "residuals": residuals,
            "codebooks": 18 * n * codewords * d,
            "put": put + self.rows * codewords * d,
        }

    @property
    def code_bytes(self) -> int:
        return math.ceil(self.codebooks * self.bits / 8)


@dataclass(frozen=True)
class Rates:
    """Multiply-adds a second and core."""

    flat: float
    cells: float
    put_flat: float
    put_cells: float

    def seconds(self, index: Index) -> dict[str, float]:
        """Core-seconds of each step."""
        lists = self.cells if index.in_cells else self.flat
        put = self.put_cells if index.in_cells else self.put_flat
        rates = {"lists": lists, "residuals": lists, "codebooks": self.flat, "put": put}
        return {step: work / rates[step] for step, work in index.work().items()}


def measured() -> list[dict]:
    lines = [json.loads(line) for line in SLOPES.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if "slope" not in line and line["cores"] == 2]


def rates() -> tuple[Rates, Rates]:
    """Returns the slower and the faster rate of each step."""
    runs = measured()
    flat = [run for run in runs if run["lists"] < CELLS_FROM]
    cells = [run for run in runs if run["lists"] >= CELLS_FROM]
    by_rows, by_lists = widest(flat, "rows"), widest(flat, "lists")
    train_flat = [rate(pair, "trainSeconds", TRAINING) for pair in (by_rows, by_lists)]
    put_flat = [rate(pair, "putSeconds", ("put",)) for pair in (by_rows, by_lists)]
    by_rows, by_lists = widest(cells, "rows"), widest(cells, "lists")
    # Codebooks are trained at the flat rate.
    codebooks = math.sqrt(train_flat[0] * train_flat[1])
    train_cells = [rate(pair, "trainSeconds", TRAINING[:2], codebooks) for pair in (by_rows, by_lists)]
    put_cells = [rate(pair, "putSeconds", ("put",)) for pair in (by_rows, by_lists)]
    both = (train_flat, train_cells, put_flat, put_cells)
    return Rates(*map(min, both)), Rates(*map(max, both))


def widest(runs: list[dict], grows: str) -> tuple[dict, dict]:
    """Returns the two runs that differ most in one setting, and in no other."""
    others = [name for name in ("rows", "lists", "dimension") if name != grows]
    pairs = [(a, b) for a in runs for b in runs if a[grows] < b[grows] and all(a[name] == b[name] for name in others)]
    return max(pairs, key=lambda pair: pair[1][grows] / pair[0][grows])


def rate(pair: tuple[dict, dict], seconds: str, steps: tuple[str, ...], codebooks: float = math.inf) -> float:
    """Returns multiply-adds a second and core that the difference of two runs shows, less codebooks at their own rate."""
    less, more = (Index(run["rows"], run["lists"], run["dimension"]).work() for run in pair)
    work = sum(more[step] - less[step] for step in steps)
    core_seconds = (pair[1][seconds] - pair[0][seconds]) * pair[0]["cores"]
    core_seconds -= (more["codebooks"] - less["codebooks"]) / codebooks
    if core_seconds <= 0:
        sys.exit(f"{SLOPES}: {seconds} do not grow from {pair[0]} to {pair[1]}: measure again, on a quiet machine")
    return work / core_seconds


def number(value: float) -> str:
    exponent = round(math.log10(value))
    if value >= 1e5 and math.isclose(value, 10**exponent):
        return f"10^{exponent}"
    return f"{value:,.0f}"


def size(count: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.2g} {unit}" if count < 10 else f"{count:.0f} {unit}"
        count /= 1000
    raise AssertionError


def span(low: float, high: float) -> str:
    """Returns a time of both rates, in a unit that fits it."""
    unit, name = (1, "s") if high < 120 else (60, "min") if high < 7200 else (3600, "h")
    texts = [f"{value / unit:.1f}" if value / unit < 10 else f"{value / unit:.0f}" for value in (low, high)]
    return f"{texts[0]} {name}" if texts[0] == texts[1] else f"{texts[0]} to {texts[1]} {name}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |\n" for cells in [head, *rows]]
    return "".join([lines[0], "|---" * len(head) + "|\n", *lines[1:]])


def times(indexes: list[Index], slow: Rates, fast: Rates, jobs: float, cores: int) -> str:
    rows = []
    for index in indexes:
        high, low = slow.seconds(index), fast.seconds(index)
        total = sum(low.values()), sum(high.values())
        rows.append(
            [
                number(index.rows),
                number(index.trained),
                number(index.lists),
                *(span(low[step], high[step]) for step in (*TRAINING, "put")),
                span(*total),
                span(jobs + total[0] / cores, jobs + total[1] / cores),
            ]
        )
    head = ["rows", "trained on", "lists", "lists are trained", "residuals", "codebooks", "into lists", "together"]
    return table([*head, f"on {cores} cores"], rows)


def storage(indexes: list[Index]) -> str:
    rows = []
    for index in indexes:
        vector = 4 * index.dimension
        # Codes and ids; a file that ranks by vectors has a second id of each.
        codes = index.code_bytes + 8
        rows.append(
            [
                number(index.rows),
                number(index.trained),
                size(2 * index.trained * vector),
                size(index.rows * codes),
                size(index.rows * (codes + 8 + index.dimension)),
                size(index.rows * (codes + 8 + vector)),
            ]
        )
    head = ["rows", "trained on", "packed rows and residuals", "index directory, faiss file", "file with sq8"]
    return table([*head, "file with flat"], rows)


def memory(indexes: list[Index]) -> str:
    columns = sorted({(index.lists, index.dimension) for index in indexes})
    rows = {
        "driver: centroids, and statistics while they are merged": lambda k, d: 4 * k * d + 8 * k * (d + 2),
        "executor, once: centroids for search": lambda k, d: (8 if k >= CELLS_FROM else 4) * k * d,
        "task of a pass over all lists": lambda k, d: (8 if k >= CELLS_FROM else 4) * k * d + 8 * k * (d + 2),
        "task in the cells": lambda k, d: 256 * math.sqrt(k) * d * 4 if k >= CELLS_FROM else None,
    }
    body = []
    for name, bytes_of in rows.items():
        values = [bytes_of(*column) for column in columns]
        body.append([name, *("-" if value is None else size(value) for value in values)])
    return table(["memory", *(f"{number(k)} lists" for k, _ in columns)], body)


def fit(slow: Rates, fast: Rates) -> tuple[float, str]:
    """Returns the seconds that jobs themselves take, and how far the model is from what it was made of."""
    mean = Rates(*(math.sqrt(getattr(slow, name) * getattr(fast, name)) for name in Rates.__annotations__))
    runs = [run for run in measured() if run["dimension"] == 128]
    work = [sum(mean.seconds(Index(run["rows"], run["lists"])).values()) / run["cores"] for run in runs]
    taken = [run["trainSeconds"] + run["putSeconds"] for run in runs]
    jobs = statistics.median(all_of - worked for all_of, worked in zip(taken, work))
    worst = max(abs(jobs + worked - all_of) / all_of for all_of, worked in zip(taken, work))
    rows = [number(choose(run["rows"] for run in runs)) for choose in (min, max)]
    return jobs, (
        f"With the mean of both rates and {jobs:.1f} s for the jobs themselves, which the last column of times has, too,\n"
        f"the model is within {100 * worst:.0f} % of each of the {len(runs)} builds that it was made of"
        f" (D = 128, {rows[0]} to {rows[1]} rows).\n"
    )


def page(indexes: list[Index], cores: int) -> str:
    slow, fast = rates()
    names = {"flat": "flat training", "cells": "training in cells", "put_flat": "into lists, flat"}
    names["put_cells"] = "into lists, by way of cells"
    shown = [[names[n], f"{getattr(slow, n) / 1e10:.1f}", f"{getattr(fast, n) / 1e10:.1f}"] for n in names]
    jobs, how_far = fit(slow, fast)
    return "\n".join(
        [
            table(["10^10 multiply-adds a second and core", "slower", "faster"], shown),
            how_far,
            times(indexes, slow, fast, jobs, cores),
            storage(indexes),
            memory(indexes),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="into docs/sizing.md")
    mode.add_argument("--check", action="store_true", help="whether docs/sizing.md has them")
    mode.add_argument("--rows", type=float, help="vectors of the index")
    parser.add_argument("--lists", type=int, help="4 sqrt(rows), at most 65,536, where not given")
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--codebooks", type=int, default=16)
    parser.add_argument("--bits", type=int, default=8)
    parser.add_argument("--train-rows", type=float, help="all rows where not given")
    parser.add_argument("--cores", type=int, default=64)
    options = parser.parse_args()
    if options.rows:
        lists = options.lists or min(65_536, round(4 * math.sqrt(options.rows)))
        index = Index(
            options.rows, lists, options.dimension, options.codebooks, options.bits, options.train_rows
        )
        print(page([index], options.cores), end="")
        return 0
    examples = [
        Index(1e6, 4_000),
        Index(1e8, 40_000),
        Index(1e9, 65_536),
        Index(1e9, 65_536, train_rows=1e8),
        Index(1e9, 1_000_000),
    ]
    made = "\n" + page(examples, options.cores) + "\n"
    if not options.write and not options.check:
        print(made.strip())
        return 0
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    whole = before + BEGIN + made + END + after
    if options.write:
        PAGE.write_text(whole, encoding="utf-8")
    elif whole != text:
        print("docs/sizing.md: its tables are not those of slopes.txt: benchmarks/sizing.py --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
