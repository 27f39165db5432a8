"""Table of rq-training.sh from the JSON lines of faiss_quality.py and CodeSpeed: rq_training_table.py < JSON"""
import json
import statistics
import sys

rows = {}
for line in sys.stdin:
    if line.startswith("{"):
        row = json.loads(line)
        who = f"{row['peer']} {row['index']}" if "peer" in row else "nsvq " + row["what"]
        rows.setdefault(who, []).append((row["trainSeconds"], row.get("baseMse", row.get("mse"))))
peer = next(statistics.median(t for t, _ in of) for who, of in rows.items() if who.startswith("faiss"))
print(f"{'who: kind/codebooks/rows/params':48} {'train s':>8} {'min':>8} {'max':>8} {'of faiss':>9} {'base mse':>9}")
for who, of in rows.items():
    seconds = [t for t, _ in of]
    median = statistics.median(seconds)
    print(f"{who:48} {median:8.2f} {min(seconds):8.2f} {max(seconds):8.2f} {median / peer:9.3f} "
          f"{statistics.median(m for _, m in of):9.0f}")
