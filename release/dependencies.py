"""The parts of release/dependencies.sh that read and compare.

    release/dependencies.py pom BUNDLED             a POM that depends on what is bundled, for the versions plugin
    release/dependencies.py plugin NAME             the version of a plugin in pom.xml
    release/dependencies.py table BUNDLED NEWEST    all that it says
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = "io.github.sparknsvq"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>io.github.sparknsvq.release</groupId><artifactId>bundled</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencies>{}</dependencies></project>"""
DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


def components() -> list[tuple[str, str, str]]:
    """Return group, name and version of each component that is not of this project."""
    bill = json.loads((ROOT / "target/bom.json").read_text(encoding="utf-8"))
    found = {(part["group"], part["name"], part["version"]) for part in bill["components"]}
    return sorted(part for part in found if part[0] != OURS)


def bundled(table: str) -> dict[tuple[str, str], str]:
    """Return names and versions of what the fat jars hold, with the modules whose jars they are."""
    found: dict[tuple[str, str], str] = {}
    for line in Path(table).read_text(encoding="utf-8").splitlines()[1:]:
        cells = line.split()
        if cells[0].startswith("spark-nsvq") and not cells[1].startswith("spark-nsvq"):
            found[cells[1], cells[2]] = cells[0]
    return found


def order(version: str) -> list[tuple[int, int, str]]:
    """Return what versions are ordered by: numbers, and after them words, such as Final or android."""
    parts = re.split(r"[.\-_]", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part.lower()) for part in parts]


def earlier(version: str, than: str) -> bool:
    """Whether a version comes before another, by their leading numbers."""
    ours, theirs = ([each[1] for each in order(one) if each[0]] for one in (version, than))
    longest = max(len(ours), len(theirs))
    return ours + [0] * (longest - len(ours)) < theirs + [0] * (longest - len(theirs))


def holes() -> tuple[list[str], list[list[str]]]:
    """Return what is said of the list, and its rows: group:name, since, fixed in, id, what."""
    lines = (ROOT / "release/known-holes.tsv").read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.startswith("#")]
    return said, [line.split("\t") for line in lines if line and not line.startswith("#")]


def newest(file: str) -> dict[str, str]:
    """Return the newest versions that the plugin has found."""
    text = re.sub(r"\.\.\.\s*\n\s+", "... ", Path(file).read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for group, name, version in re.findall(r"([\w.\-]+):([\w.\-]+?) \.* +(?:\S+ -> )?(\S+)", text):
        found[f"{group}:{name}"] = version
    return found


def table(bundled_file: str, newest_file: str) -> int:
    """Print what is bundled, what is not, and the holes of both."""
    in_jars = bundled(bundled_file)
    latest = newest(newest_file)
    said, rows = holes()
    parts = components()
    failed = 0

    def known(group: str, name: str, version: str) -> list[list[str]]:
        return [
            row
            for row in rows
            if row[0] == f"{group}:{name}" and not earlier(version, row[1]) and earlier(version, row[2])
        ]

    print("# in the fat jars")
    form = "{:<34} {:<10} {:<10} {:<16} {}"
    print(form.format("library", "version", "newest", "jar of", "known holes"))
    for group, name, version in parts:
        if (name, version) in in_jars:
            found = known(group, name, version)
            failed += bool(found)
            shown = ", ".join(row[3] for row in found) or "none"
            new = latest.get(f"{group}:{name}", "?")
            print(form.format(f"{group}:{name}", version, new, in_jars[name, version], shown))
    provided = [part for part in parts if part[1:] not in in_jars]
    print()
    print("# of Spark, Hadoop and Scala, Breeze (core alone) and DJL (djl): not in our jars; with known holes")
    for part in provided:
        for row in known(*part):
            print(f"{part[0]}:{part[1]} {part[2]}: {row[3]}, fixed in {row[2]}: {row[4]}")
    print()
    print(f"# all {len(provided)} that are not in our jars")
    for group, name, version in provided:
        print(f"{group}:{name} {version}")
    print()
    print("\n".join(said))
    print(f"# {len(rows)} holes of {len({row[0] for row in rows})} libraries were looked for")
    return 1 if failed else 0


def main() -> int:
    """Do what the first argument says."""
    if sys.argv[1] == "plugin":
        pom = (ROOT / "pom.xml").read_text(encoding="utf-8")
        print(re.search(rf"<artifactId>{sys.argv[2]}</artifactId>\s*<version>(.*?)</version>", pom)[1])
        return 0
    if sys.argv[1] == "pom":
        in_jars = bundled(sys.argv[2])
        print(POM.format("".join(DEPENDENCY.format(*part) for part in components() if part[1:] in in_jars)))
        return 0
    return table(*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
