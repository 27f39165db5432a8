"""Tables of code-speed.sh and additive-curve.sh from JSON lines: code_speed_table.py speed|scaling|curve < JSON"""
import json
import statistics
import sys

rows = {}
for line in sys.stdin:
    if line.startswith("{"):
        row = json.loads(line)
        rows.setdefault(row.get("who") or "nsvq " + row["what"], []).append(row)


def median(of, key):
    values = [row[key] for row in of if row.get(key)]
    return statistics.median(values) if values else None


def text(value, form):
    return format(value, form) if value is not None else ""


if sys.argv[1] == "speed":
    print(f"{'who: kind/codebooks/rows/params':56} {'train s':>8} {'min':>8} {'max':>8} {'base mse':>10} {'rows/s':>10}")
    for who, of in rows.items():
        times = [row["trainSeconds"] for row in of if row.get("trainSeconds")]
        print(f"{who:56} {text(median(of, 'trainSeconds'), '8.2f'):>8} {text(min(times, default=None), '8.2f'):>8} "
              f"{text(max(times, default=None), '8.2f'):>8} {text(median(of, 'baseMse'), '10.0f'):>10} "
              f"{text(max((row.get('encodedPerSecond') or 0) for row in of) or None, '10.0f'):>10}".rstrip())
elif sys.argv[1] == "scaling":
    print(f"{'kind/codebooks/rows/params':56} {'train s':>8} {'us by rows and codebooks':>26}")
    for who, of in rows.items():
        seconds = median(of, "trainSeconds")
        codebooks = int(of[0]["what"].split("/")[1])
        print(f"{who:56} {seconds:8.2f} {1e6 * seconds / of[0]['rows'] / codebooks:26.2f}")
else:
    for who, of in rows.items():
        row = of[0]
        print(f"{who}: {row['trainSeconds']:.1f} s, base mse {row['baseMse']:.0f}")
        seconds = 0.0
        for phase, took, mse in row["passes"]:
            seconds += took
            print(f"  {seconds:8.1f} s  {phase:8} {mse:10.0f}")
