#!/usr/bin/env python3
"""truth.py IMAGE - what The Sleuth Kit says of an image, as a table.

record, live or deleted, path, size and SHA-256 of the content (icat, or icat -r for deleted
files), and the three times as istat prints them in UTC: written, accessed, created."""
import hashlib, re, subprocess, sys

image = sys.argv[1]
run = lambda *a: subprocess.run(a, capture_output=True, check=False).stdout
print("# record\tstate\tkind\tpath\tsize\tsha256\twritten\taccessed\tcreated")
for line in run("fls", "-r", "-p", image).decode().splitlines():
    m = re.match(r"(\S)/(\S) (\* )?(\d+)(\(realloc\))?:\t(.*)$", line)
    kind, deleted, record, path = m[2], bool(m[3]), m[4], m[6].removesuffix(" (Volume Label Entry)").rstrip()
    if kind == "V":
        continue
    stat = run("istat", "-z", "UTC", image, record).decode()
    size = re.search(r"^Size: (\d+)", stat, re.M)
    times = [re.search(rf"^{k}:\t(\S+ \S+)", stat, re.M) for k in ("Written", "Accessed", "Created")]
    sha = "-"
    if kind == "r":
        sha = hashlib.sha256(run("icat", *(["-r"] if deleted else []), image, record)).hexdigest()
    print("\t".join([record, "deleted" if deleted else "live", kind, path, size[1] if size else "-", sha]
                    + [t[1] if t else "-" for t in times]))
