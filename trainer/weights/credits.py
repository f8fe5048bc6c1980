"""Writes the credits of the pictures that shipped weights were trained on, as a Markdown list.

    python credits.py DATA/manifest.csv > list.md

Takes the rows of the train split whose `terms` are `pd` or `by`, as the shipped configurations do, and
names each credit once, with its licence and the number of pictures. Needs nothing but Python.
"""

import csv
import sys

counts: dict[tuple[str, str], int] = {}
with open(sys.argv[1], newline="", encoding="utf-8") as manifest:
    for row in csv.DictReader(manifest):
        if row["split"] == "train" and row["terms"] in ("pd", "by"):
            key = (row["credit"].strip(), row["licence"].strip())
            counts[key] = counts.get(key, 0) + 1
for (credit, licence), count in sorted(counts.items(), key=lambda item: item[0][0].lower()):
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    print(f"- {credit}: {licence} ({pictures})")
