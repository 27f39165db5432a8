"""The table of tune.sh from JSON lines: tune_table.py < JSON"""
import json
import sys

rows = [json.loads(line) for line in sys.stdin if line.startswith("{")]
print(f"{'data':14} {'metric':6} {'rows':>7} {'sample':>7} {'setting':34} {'read':>8} {'s':>6} "
      f"{'asked':>6} {'promise':>8} {'got':>7} {'95 % interval':>15}  kept")
for row in rows:
    setting = (f"{row['quantizer']} {row['codeBytes']} B, {row['lists']} lists, {row['probes']}"
               f"{' x ' + str(row['rerank']) if row['rerank'] else ''}")
    kept = row["reached"] and row["others"] >= row["target"]
    row["kept"] = kept
    said = "yes" if kept else "no" if row["reached"] else "said that it cannot"
    print(f"{row['data']:14} {row['metric']:6} {row['rows']:7} {row['sample']:7} {setting:34} {row['costBytes'] / 1000:6.0f}kB "
          f"{row['seconds']:6.1f} {row['target']:6} {row['promise']:8.4f} {row['others']:7.4f} "
          f"{row['othersLow']:.4f}-{row['othersHigh']:.4f}  {said}")
print()
print(f"asked for and got: {sum(row['kept'] for row in rows)} of {len(rows)}; "
      f"promised and got: {sum(row['others'] >= row['promise'] for row in rows)} of {len(rows)}")
