"""What the fat jars hold, beside the bill of materials and the NOTICE of each jar.

    release/bundled.py      after release/build.sh; status 1 where the three do not agree

Each entry of a fat jar is looked for in the jars of its module's class path, by its name as it was
before it was moved. What is found there must be in the bill with its version, its license and the
hash of the very jar, and be named in NOTICE; what NOTICE names must be found.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BILL = ROOT / "target/bom.json"
FAT = ("spark-nsvq-cli", "spark-nsvq-gpu")
OURS = "io.github.sparknsvq"
# Each jar has these of its own; they are compared with the files that they come from.
LICENSE, NOTICE, MANIFEST = "META-INF/LICENSE", "META-INF/NOTICE", "META-INF/MANIFEST.MF"


def components() -> dict[str, dict]:
    """Return the components of the bill by the names of their jars."""
    bill = json.loads(BILL.read_text(encoding="utf-8"))
    return {f"{part['name']}-{part['version']}.jar": part for part in bill["components"]}


def licenses(component: dict) -> list[str]:
    """Return the licenses that a component is under, by SPDX id where it has one."""
    found = []
    for entry in component.get("licenses", []):
        license_ = entry.get("license", {})
        found.append(entry.get("expression") or license_.get("id") or license_.get("name") or "?")
    return found


def moved(module: Path) -> list[tuple[str, str]]:
    """Return the packages that a module's jar holds under other names: (there, before)."""
    pom = (module / "pom.xml").read_text(encoding="utf-8")
    pairs = re.findall(
        r"<pattern>(.*?)</pattern>\s*<shadedPattern>(.*?)</shadedPattern>", pom, re.DOTALL
    )
    return [(there.replace(".", "/"), before.replace(".", "/")) for before, there in pairs]


def origins(module: Path, fat: Path) -> dict[str, list[tuple[Path, int]]]:
    """Return for each name in the jars of a module's class path which have it, with its CRC."""
    listed = (module / "target/release-classpath.txt").read_text(encoding="utf-8").strip()
    plain = fat.with_name(fat.name.replace("-fat.jar", ".jar"))
    found: dict[str, list[tuple[Path, int]]] = {}
    for jar in [plain, *map(Path, filter(None, listed.split(":")))]:
        with zipfile.ZipFile(jar) as opened:
            for entry in opened.infolist():
                if not entry.is_dir():
                    found.setdefault(entry.filename, []).append((jar, entry.CRC))
    return found


def words(text: str) -> str:
    """Return the words of a text, in small letters, between spaces."""
    return f" {' '.join(re.findall('[a-z]+', text.lower()))} "


def bundled(module: Path, wrong: list[str]) -> dict[Path, int]:
    """Return how many entries of a module's fat jar come from which jar, and say what is wrong."""
    (fat,) = module.glob("target/*-fat.jar")
    sources = origins(module, fat)
    renamed = moved(module)
    counts: dict[Path, int] = {}
    with zipfile.ZipFile(fat) as opened:
        for name, file in ((NOTICE, module / "src/fat/NOTICE"), (LICENSE, ROOT / "LICENSE")):
            if opened.read(name) != file.read_bytes():
                wrong.append(f"{fat.name}: {name} is not {file.relative_to(ROOT)}")
        for entry in opened.infolist():
            if entry.is_dir() or entry.filename in (LICENSE, NOTICE, MANIFEST):
                continue
            before = entry.filename
            for there, package in renamed:
                if before.startswith(there + "/"):
                    before = package + before[len(there) :]
            places = sources.get(before, [])
            if not places:
                wrong.append(f"{fat.name}: {entry.filename} comes from no dependency")
                continue
            same = [jar for jar, crc in places if crc == entry.CRC]
            jar = (same or [jar for jar, _ in places])[0]
            counts[jar] = counts.get(jar, 0) + 1
    return counts


def compare(module: Path, bill: dict[str, dict], wrong: list[str]) -> list[tuple]:
    """Return the rows of one fat jar."""
    notice = words((module / "src/fat/NOTICE").read_text(encoding="utf-8"))
    counts = bundled(module, wrong)
    rows = []
    for jar, entries in sorted(counts.items(), key=lambda item: item[0].name):
        part = bill.get(jar.name)
        if part is None:
            wrong.append(f"{module.name}: {jar.name} is bundled and not in the bill of materials")
            continue
        under = licenses(part)
        rows.append((module.name, part["name"], part["version"], ", ".join(under), entries))
        if not under:
            wrong.append(f"{part['name']}: no license in the bill of materials")
        if part["group"] == OURS:
            continue
        if words(part["name"]) not in notice:
            wrong.append(f"{module.name}: {part['name']} is bundled and not named in src/fat/NOTICE")
        hashes = {entry["content"] for entry in part.get("hashes", []) if entry["alg"] == "SHA-256"}
        if hashlib.sha256(jar.read_bytes()).hexdigest() not in hashes:
            wrong.append(f"{part['name']}: the bill of materials has another hash than {jar.name}")
    listed = (module / "target/release-classpath.txt").read_text(encoding="utf-8").strip().split(":")
    for jar in map(Path, listed):
        part = bill.get(jar.name)
        known = part is not None and part["group"] != OURS and words(part["name"]) in notice
        if known and jar not in counts:
            wrong.append(f"{module.name}: src/fat/NOTICE names {part['name']}, which is not bundled")
    return rows


def main() -> int:
    """Print the table of what is bundled."""
    bill = components()
    wrong: list[str] = []
    rows = [row for name in FAT for row in compare(ROOT / name, bill, wrong)]
    form = "{:<16} {:<22} {:<10} {:<12} {:>7}"
    print(form.format("fat jar of", "holds", "version", "license", "entries"))
    for row in rows:
        print(form.format(*row))
    print(f"bill of materials: {len(bill)} libraries and modules")
    for line in wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
