"""Rows of time-to-cost.txt: time_to_cost_table.py K FITS.jsonl FAISS.jsonl (which may be empty)."""
import json
import statistics
import sys

k = sys.argv[1]
fits = [json.loads(line) for line in open(sys.argv[2]) if line.startswith("{")]
faiss = [json.loads(line) for line in open(sys.argv[3])]
# the first round warms the JVM up; it counts only where it is the only one
rounds = max(f["round"] for f in fits)
warm = [f for f in fits if f["round"] > 0 or rounds == 0]
block = [f for f in warm if f["who"] == "mllib block"]
mllib = statistics.median(f["seconds"] for f in block)
target = {f["round"]: f["cost"] for f in block}
faiss_end = faiss[0]["msePerIteration"][-1] if faiss else None


def line(who, seconds, cost, note):
    s = statistics.median(seconds)
    print(f"{k:>5} {who:30} {s:8.2f} {min(seconds):8.2f} {max(seconds):8.2f} {cost:10.1f} {mllib / s:8.1f}  {note}")


for who in dict.fromkeys(f["who"] for f in fits):
    mine = [f for f in warm if f["who"] == who]
    reached = sum(f["cost"] <= target[f["round"]] for f in mine)
    note = "" if who.startswith("mllib") else f"reaches it in {reached} of {len(mine)} rounds"
    if faiss_end and note:
        lower = sum(f["cost"] < faiss_end for f in mine)
        note += f", below faiss's end in {lower}"
    line(who, [f["seconds"] for f in mine], statistics.mean(f["cost"] for f in mine), note)
if faiss:
    errors = faiss[0]["msePerIteration"]
    goal = statistics.mean(target.values())
    needed = next((i for i, mse in enumerate(errors) if mse <= goal), None)
    share = needed / 25 if needed is not None else 1
    note = f"reaches it after {needed} of 25 iterations" if needed is not None else "does not reach it in 25 iterations"
    line("faiss, 2 threads", [f["seconds"] * share for f in faiss], errors[needed if needed is not None else -1], note)
    whole = statistics.median(f["seconds"] for f in faiss)
    fit = statistics.median(f["seconds"] for f in warm if f["who"] == "nsvq defaults")
    line("faiss, 2 threads, its end", [f["seconds"] for f in faiss], errors[-1], f"the fit at defaults takes {fit / whole:.2f} of it")
