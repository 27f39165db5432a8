"""How many tests a build ran, and which classes took longest: tests_run.py CHECKOUT"""
import pathlib
import re
import sys

SLOWEST = 12

rows = []
for file in pathlib.Path(sys.argv[1]).glob("*/target/*-reports/TEST-*.xml"):
    head = re.search(r"<testsuite [^>]*>", file.read_text(encoding="utf-8", errors="replace"), re.DOTALL)[0]
    value = {name: re.search(rf'\b{name}="([^"]*)"', head)[1] for name in ("name", "time", "tests", "failures", "errors", "skipped")}
    rows.append((float(value["time"].replace(",", "")), value["name"].rsplit(".", 1)[1],
                 *(int(value[name]) for name in ("tests", "failures", "errors", "skipped"))))
if not rows:
    sys.exit("tests_run.py: no reports of tests")
tests, failures, errors, skipped = (sum(row[i] for row in rows) for i in range(2, 6))
print(f"{tests:,} tests in {len(rows)} classes; {failures + errors} failed, {skipped} skipped; the longest, in seconds:")
print(", ".join(f"{name} {seconds:.0f}" for seconds, name, *_ in sorted(rows, reverse=True)[:SLOWEST]))
