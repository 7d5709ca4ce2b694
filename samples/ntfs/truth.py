#!/usr/bin/env python3
"""Ground truth of an NTFS image by The Sleuth Kit: names.tsv, streams.tsv, times.tsv.

names.tsv    record, "deleted" or "live", path (of `fls -r -p`; streams as path:stream)
streams.tsv  record, stream, resident or not, bytes, initialised bytes, sha256 of `icat`
times.tsv    record, $STANDARD_INFORMATION and first $FILE_NAME times of `istat`, UTC
"""
import hashlib, re, subprocess, sys

image = sys.argv[1]
run = lambda *a: subprocess.run(a, capture_output=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}).stdout
lines = run("fls", "-r", "-p", image).decode().splitlines()
names, records, data = [], set(), {}
for line in lines:
    m = re.match(r"^(\S)/(\S) (\* )?(\d+)-(\d+)-(\d+)(\(realloc\))?:\t(.*)$", line)
    if not m or m[2] == "V":
        continue
    path = m[8].replace("$OrphanFiles/", "$Orphans/")
    if "OrphanFile-" in path:           # reserved records that were never used
        continue
    if int(m[5]) not in (128, 48, 144):
        continue
    names.append((int(m[4]), "deleted" if m[3] else "live", int(m[5]), path))
    records.add(int(m[4]))
with open("names.tsv", "w") as f:
    for row in sorted(set(names)):
        f.write("%d\t%s\t%d\t%s\n" % row)
with open("streams.tsv", "w") as s, open("times.tsv", "w") as t:
    for record in sorted(records):
        section, times, attributes = None, {}, []
        for line in run("istat", image, str(record)).decode("utf8", "replace").splitlines():
            if line.startswith("$STANDARD_INFORMATION"): section = "si"
            elif line.startswith("$FILE_NAME"): section = "fn"
            elif line.startswith("Attributes:"): section = "at"
            m = re.match(r"^(Created|File Modified|MFT Modified|Accessed):\s+(\S+ \S+)", line)
            if m and section in ("si", "fn"):
                times.setdefault((section, m[1]), m[2])
            m = re.match(r"^Type: \$DATA \(128-(\d+)\)   Name: (.*?)   (Resident|Non-Resident).*?size: (\d+)(?:  init_size: (\d+))?", line)
            if m and section == "at":
                attributes.append((m[2], m[3], int(m[4]), int(m[5] or m[4]), m[1]))
        for name, form, size, initialised, number in attributes:
            name = "" if name in ("N/A", "$Data") else name
            content = run("icat", "-r", image, "%d-128-%s" % (record, number))
            if name == "$Bad": continue  # icat writes nothing for a stream that is one hole
            s.write("%d\t%s\t%s\t%d\t%d\t%s\n" % (record, name, form.lower(), size, initialised, hashlib.sha256(content).hexdigest()))
        order = ("File Modified", "Accessed", "MFT Modified", "Created")
        t.write("%d\t%s\n" % (record, "\t".join(times.get((k, n), "") for k in ("si", "fn") for n in order)))
