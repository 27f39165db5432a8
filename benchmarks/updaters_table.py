"""The table of updaters.sh from JSON lines: updaters_table.py < JSON"""
import json
import re
import sys

rows = {}
for line in sys.stdin:
    if not line.startswith("{"):
        continue
    row = json.loads(line)
    if "updater" in row:
        who, passes, updater, error = row["what"], row["passes"], row["updater"], row["mse"]
    else:
        passes, updater = re.search(r"maxIter=(\d+),updater=(\w+)", row["what"]).groups()
        who, error = re.sub(r",?maxIter=.*", "", row["what"]).replace("/0/", " "), row["baseMse"]
    rows.setdefault(who, {})[f"{updater} {passes}"] = error
columns = ["nsvq 10", "lloyd 10", "nsvq 20", "lloyd 20"]
print(f"{'quantizer':32}" + "".join(f"{column:>10}" for column in columns))
for who, of in rows.items():
    print(f"{who:32}" + "".join(f"{of[column]:10.0f}" if column in of else " " * 10 for column in columns), flush=True)
