"""One row of the table of codes.sh from one JSON line: codes_row.py WHO < JSON"""
import json
import sys

row = json.loads(sys.stdin.read().strip().splitlines()[-1])


def number(key, form):
    return format(row[key], form) if isinstance(row.get(key), (int, float)) else ""


print(f"{sys.argv[1]:36} {number('codeBytes', 'd'):>6} {number('mse', '.6g'):>12} {number('recall@1', '.3f'):>7} "
      f"{number('recall@10', '.3f'):>7} {number('recall@100', '.3f'):>8} {number('perplexity', '.1f'):>9} "
      f"{number('bits', '.1f'):>6} {number('collisionRate', '.4f'):>9}".rstrip(), flush=True)
