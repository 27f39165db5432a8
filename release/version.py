"""Whether the version is the same everywhere, and CHANGELOG.md and the corpus know it.

    release/version.py      status 1, with what is wrong

A version without -SNAPSHOT needs a dated section in CHANGELOG.md, and what it saves among the files that later
releases must read (release/corpus.sh).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POM = re.compile(r"<artifactId>spark-nsvq-parent</artifactId>\s*<version>(.*?)</version>")


def text(path: str) -> str:
    """Return what a file holds."""
    return (ROOT / path).read_text(encoding="utf-8")


def main() -> int:
    """Print the version, or what is wrong."""
    version = POM.search(text("pom.xml"))[1]
    wrong = []
    modules = re.findall(r"<module>(.*?)</module>", text("pom.xml"))
    for module in modules:
        parent = POM.search(text(f"{module}/pom.xml"))[1]
        if parent != version:
            wrong.append(f"{module}/pom.xml has the parent's version {parent}, pom.xml {version}")
    changes = text("CHANGELOG.md")
    if not re.search(r"^## \[Unreleased\]$", changes, re.MULTILINE):
        wrong.append("CHANGELOG.md has no section [Unreleased]")
    if not version.endswith("-SNAPSHOT"):
        if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
            wrong.append(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD'")
        corpus = f"spark-nsvq-ml/src/test/resources/saved-by-{version}.zip"
        if not (ROOT / corpus).is_file():
            wrong.append(f"{corpus} is missing: release/corpus.sh makes it")
    tests = text("spark-nsvq-ml/src/test/java/io/github/sparknsvq/ml/EarlierRevisionFiles.java")
    for saved in sorted((ROOT / "spark-nsvq-ml/src/test/resources").glob("saved-by-*.zip")):
        name = saved.stem.removeprefix("saved-by-")
        if f'"{name}"' not in tests:
            wrong.append(f"{saved.name} is read by no test: EarlierRevisionFiles does not name {name}")
    for line in wrong:
        print(f"release/version.py: {line}", file=sys.stderr)
    if not wrong:
        print(f"release/version.py: {version}, the same in pom.xml and {len(modules)} modules")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
