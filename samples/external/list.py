#!/usr/bin/env python3
"""Writes evidence.tsv from the manifest.json that lies with a collection of evidence by others:

    ./list.py FOLDER/manifest.json
"""
import json
import os
import sys

# What tests and comparisons read; the rest of a collection waits for later parsers.
USED = ("cloud", "corrupt", "evtx", "hostile-synthetic", "images", "images-synthetic", "logs", "ntfs-metadata", "recycle-bin")
COLUMNS = [("path", "path"), ("bytes", "size"), ("sha256", "sha"), ("what", "what"), ("origin", "source"), ("licence", "lic"),
           ("answer_of_its_project", "answer"), ("measured_by_other_tools", "measured")]

with open(sys.argv[1], encoding="utf-8") as f:
    manifest = json.load(f)
rows = sorted((row for row in manifest if row["path"].split("/")[0] in USED), key=lambda row: row["path"])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "evidence.tsv"), "w", encoding="utf-8") as f:
    f.write("\t".join(title for title, _ in COLUMNS) + "\n")
    for row in rows:
        f.write("\t".join(" ".join(str(row.get(key) or "").split()) for _, key in COLUMNS) + "\n")
