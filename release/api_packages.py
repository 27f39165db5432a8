"""What of a module is API, as japicmp's --include takes it: packages, and single classes of others.

    release/api_packages.py MODULE [FOLDER]     FOLDER: another checkout, whose API is meant, too

A package is API where the Javadoc of its package-info.java says "API" as a sentence ("API." or
"This is the API"), or says nothing of it. "API are ...", "... is API" and "... are API" name single classes by
their links; the rest of such a package, and one that is "Not API", may change in any release.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def javadoc(info: Path) -> str:
    """Return the Javadoc of a package in one line."""
    found = re.search(r"/\*\*(.*?)\*/", info.read_text(encoding="utf-8"), re.DOTALL)
    return re.sub(r"\s*\n\s*\*\s?", " ", found[1]) if found else ""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; names have no space after their dots."""
    return re.split(r"(?<=[.;])\s+", text)


def api(info: Path) -> list[str]:
    """Return what of a package is API: itself, some of its classes, or nothing."""
    text = javadoc(info)
    package = re.search(r"^package (.*);", info.read_text(encoding="utf-8"), re.MULTILINE)[1]
    named: list[str] = []
    for sentence in sentences(text):
        if re.search(r"\bAPI (are|is)\b|\b(is|are) API\b", sentence) and "not API" not in sentence:
            named += re.findall(r"\{@link ([\w.]+)", sentence)
    if named:
        return [name for name in named if name.startswith(package)]
    if re.search(r"\b[Nn]ot API|are not\b|no longer API|may import", text):
        return []
    return [package]


def main() -> int:
    """Print the list for one module."""
    module = f"spark-nsvq-{sys.argv[1]}/src/main/java"
    roots = [ROOT, *map(Path, sys.argv[2:])]
    found = {
        name
        for root in roots
        for info in sorted((root / module).rglob("package-info.java"))
        for name in api(info)
    }
    print(";".join(sorted(found)))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
