"""Lines of IvfRun, LocalSearchSpeed and faiss_ivf.py as a table."""
import json
import sys

built = {}
print(f"{'index':<22}{'probes':>7}{'recall@1':>10}{'@10':>8}{'@100':>8}{'queries/s':>12}{'train s':>9}{'build s':>9}")
for line in sys.stdin:
    row = json.loads(line)
    if row.get("step") == "build":
        built = row
    if "probes" not in row or "step" in row:
        continue
    name = ("faiss " if "who" in row else "nsvq ") + row["index"].replace(".faiss", "")
    speed = row.get("queriesPerSecond", row.get("queries_per_second"))
    print(f"{name:<22}{row['probes']:>7}{row['recall@1']:>10.3f}{row['recall@10']:>8.3f}{row['recall@100']:>8.3f}{speed:>12,.0f}"
          f"{built['trainSeconds']:>9.1f}{built['buildSeconds']:>9.1f}", flush=True)
