"""Lines of LocalSearchSpeed and faiss_ivf.py as a table, with spark-nsvq's speed as a ratio to faiss's on the same file."""
import json
import sys

theirs = {}
print(f"{'index':<22}{'probes':>7} {'mode':<17}{'recall@1':>9}{'of ten':>8}{'queries/s':>11}{'slowest':>9}{'fastest':>9}{'to faiss':>10}")
for line in sys.stdin:
    row = json.loads(line)
    if "probes" not in row or "step" in row:
        continue
    faiss = "who" in row
    name = row["index"].replace(".faiss", "")
    key = (name.split("-")[-1].split(",")[-1], row["probes"], row["mode"])
    speed = row.get("queriesPerSecond", row.get("queries_per_second"))
    if faiss:
        theirs[key] = speed
    ratio = "" if faiss or not name.startswith("faiss-") else f"{speed / theirs[key]:.2f}"
    print(f"{('faiss ' if faiss else 'nsvq ') + name:<22}{row['probes']:>7} {row['mode']:<17}{row['recall@1']:>9.3f}"
          f"{row['ofTen']:>8.3f}{speed:>11,.0f}{row['slowest']:>9,.0f}{row['fastest']:>9,.0f}{ratio:>10}", flush=True)
