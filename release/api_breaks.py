"""The breaks of the API that japicmp found, each with whether CHANGELOG.md says how to follow it.

    release/api_breaks.py FOLDER BASE MODULE ...    FOLDER: MODULE.xml as japicmp wrote it; BASE: the tag

Status 1 where a class with a break is not named under "### Breaks" of a section above that of BASE.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def breaks_since(base: str) -> str:
    """Return what the sections above that of a release, or all, have under Breaks."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    above = text.split(f"## [{base.removeprefix('v')}]", 1)[0]
    return "\n".join(re.findall(r"^### Breaks$(.*?)(?=^##|\Z)", above, re.MULTILINE | re.DOTALL))


def changes(element: ElementTree.Element) -> list[str]:
    """Return the names of the incompatible changes of a class or a member itself, in words."""
    found = []
    for change in element.findall("compatibilityChanges/compatibilityChange"):
        bad = "false" in (change.get("binaryCompatible"), change.get("sourceCompatible"))
        if bad:
            found.append(change.get("type", "?").lower().replace("_", " "))
    return found


def members(class_: ElementTree.Element) -> list[str]:
    """Return the members of a class that broke: name and how."""
    found = []
    for kind in ("constructors/constructor", "methods/method", "fields/field"):
        for member in class_.findall(kind):
            how = changes(member)
            if how:
                parameters = [each.get("type", "?") for each in member.findall("parameters/parameter")]
                types = ", ".join(re.sub(r"[\w.]+[.$]", "", each) for each in parameters)
                call = "" if kind.startswith("fields") else f"({types})"
                found.append(f"{member.get('name')}{call}: {', '.join(sorted(set(how)))}")
    return sorted(found)


def broken(report: Path) -> dict[str, list[str]]:
    """Return for each class of a module that broke what did."""
    found: dict[str, list[str]] = {}
    for class_ in ElementTree.parse(report).getroot().findall("classes/class"):
        lines = sorted(set(changes(class_))) + members(class_)
        for part in class_.findall("superclass") + class_.findall("interfaces/interface"):
            lines += sorted(set(changes(part)))
        if lines:
            found[class_.get("fullyQualifiedName", "?")] = lines
    return found


def main() -> int:
    """Print the breaks of the modules."""
    folder, base, *modules = sys.argv[1:]
    told = breaks_since(base)
    untold = 0
    count = 0
    for module in modules:
        for name, lines in sorted(broken(Path(folder) / f"{module}.xml").items()):
            count += 1
            # a class inside another is told where the other is
            simple = re.split(r"[.$]", name.removeprefix("io.github.sparknsvq."))
            classes = [part for part in simple if part[:1].isupper()]
            known = any(re.search(rf"\b{part}\b", told) for part in classes)
            untold += not known
            print(f"{'told   ' if known else 'UNTOLD '} {name}")
            for line in lines:
                print(f"            {line}")
    print(f"{count} classes of the API broke, {untold} of them untold under Breaks of CHANGELOG.md")
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main())
