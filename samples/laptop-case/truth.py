"""The ground truth, from what was written and from other tools: The Sleuth Kit for the images,
Python's own zip, regular expressions and calendar for the logs. No code of Casebook takes part.
"""
import hashlib
import re
import subprocess
import zipfile
from datetime import datetime, timezone

import usb
from invented import ALL_SAVED, CSV_NAME, FIRST_ID, SAVED, SID, STOLEN, filetime, seconds
from usn import DELETE

FIELDS = {"profile": ["name", "email"], "addresses": ["name", "phone", "delivery_address"],
          "orders": ["order_items"], "entrance": ["entrance_code"]}
LINE = re.compile(r'(\S+) - (\S+) \[([^\]]+)\] "(\S+) (\S+) HTTP/1\.1" (\d{3}) (\d+) "-" "([^"]*)"\r?')


def iso(filetime_value):
    value = filetime_value - filetime(0)
    return datetime.fromtimestamp(value // 10_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + ".%07dZ" % (value % 10_000_000)


def sha(data):
    return hashlib.sha256(data).hexdigest()


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def laptop_file(entry, image, last_user_of_record, free):
    """One file of the laptop: what was written, and what The Sleuth Kit finds of it."""
    row = {"path": entry["path"], "record": entry["record"], "sequence": entry["sequence"], "name": entry["state"],
           "size": len(entry["data"]), "sha256": sha(entry["data"]), "created": iso(entry["created"]),
           "streams": {n: {"size": len(d), "sha256": sha(d)} for n, d in entry["streams"].items()}}
    for key in ("deleted", "trashed"):
        if key in entry:
            row[key] = iso(entry[key])
    if "original" in entry:
        row["original_path"] = entry["original"]
    if last_user_of_record[entry["record"]] is not entry:
        return {**row, "record_state": "reused", "content": "no record leads to it"}
    row["record_state"] = "free" if entry["state"] == "deleted" else "allocated"
    where = ("-o", "2048", image)
    text = run("istat", *where, str(entry["record"])).decode()
    main = re.search(r"Type: \$DATA \(128-\d+\)   Name: N/A   (Non-Resident|Resident).*\n((?:[\d ]+\n)*)", text)
    clusters = [int(n) for n in main.group(2).split()]
    taken = sum(n not in free for n in clusters)
    if entry["state"] != "deleted":
        row["content"] = "intact"
    else:
        row["content"] = "intact" if taken == 0 else "overwritten" if taken == len(clusters) else "partly overwritten"
    row["clusters"], row["clusters_in_use_by_others"] = len(clusters), taken if entry["state"] == "deleted" else 0
    row["readable_by_icat"] = sha(run("icat", "-r", *where, str(entry["record"]))) == row["sha256"]
    return row


def laptop(l, image):
    last = {}
    for entry in l.written:
        last[entry["record"]] = entry
    deletions = [{"time": iso(int(r["filetime"])), "record": r["record"], "sequence": r["sequence"], "name": r["name"]}
                 for r in l.journal.rows if r["reasons"] & DELETE]
    trashed = next(e for e in l.written if e["state"] == "trashed")
    blocks = run("blkls", "-l", "-o", "2048", image).decode().split("\n")
    free = {int(b.split("|")[0]) for b in blocks if b.endswith("|f")}
    return {
        "files": [laptop_file(e, image, last, free) for e in l.written],
        "recycle_bin": [{"sid": SID, "index": trashed["index"], "content": trashed["path"], "original_path": trashed["original"],
                         "size": len(trashed["data"]), "deleted": iso(trashed["trashed"])}],
        "change_journal": {"path": "$Extend/$UsnJrnl", "stream": "$J", "bytes": len(l.journal.bytes), "sha256": sha(bytes(l.journal.bytes)),
                           "records": len(l.journal.rows), "first_usn": l.journal.rows[0]["usn"],
                           "first": iso(int(l.journal.rows[0]["filetime"])), "last": iso(int(l.journal.rows[-1]["filetime"])),
                           "deletions": deletions},
    }


def stick(image):
    listing = run("fls", "-r", "-p", image).decode()
    rows = []
    for name, data, times, state in usb.files():
        inode = re.search(r"(\d+)(?:\(realloc\))?:\t%s$" % re.escape(name), listing, re.M).group(1)
        rows.append({"path": name, "name": state, "size": len(data), "sha256": sha(data), "created": times[0].replace(" ", "T") + "Z",
                     "modified": times[1].replace(" ", "T") + "Z", "accessed": times[2].replace(" ", "T") + "Z", "written_in_zone": "+09:00",
                     "content": "intact", "readable_by_icat": sha(run("icat", "-r", image, inode)) == sha(data)})
    return {"files": rows}


def gateway(path, made):
    """Counts over the lines of the archive as they lie in it."""
    rows = []
    lines = unread = 0
    for name in (z := zipfile.ZipFile(path)).namelist():
        for text in z.read(name).decode().split("\n")[:-1]:
            lines += 1
            m = LINE.fullmatch(text)
            if not m:
                unread += 1
                continue
            when = int(datetime.strptime(m[3], "%d/%b/%Y:%H:%M:%S %z").timestamp())
            customer = re.match(r"/v1/customers/(\d+)/([a-z]+)(?:/1/(entrance))?", m[5])
            rows.append((when, m[1], m[2], int(customer[1]) if customer else None, customer and (customer[3] or customer[2]), int(m[6])))
    assert (len(rows), unread) == (made["lines"], made["foreign_lines"])
    with_key = [r for r in rows if r[2] == STOLEN]

    def counts(part):
        served = [r for r in part if 200 <= r[5] < 300]
        return {"requests": len(part), "served": len(served), "distinct_subjects_requested": len({r[3] for r in part}),
                "distinct_subjects_served": len({r[3] for r in served}),
                "first": iso(filetime(min(r[0] for r in part))), "last": iso(filetime(max(r[0] for r in part))),
                "status": {str(s): sum(r[5] == s for r in part) for s in sorted({r[5] for r in part})},
                "subjects_by_kind": {f: len({r[3] for r in served if f in FIELDS[r[4]]}) for f in sorted(set(sum(FIELDS.values(), [])))}}

    outside = [r for r in with_key if not r[1].startswith("10.")]
    served = {r[3] for r in outside if r[5] == 200}
    return {
        "lines": lines, "requests": len(rows), "lines_not_read": unread, "members": made["members"], "key": STOLEN,
        "by_address": {a: counts([r for r in with_key if r[1] == a]) for a in sorted({r[1] for r in with_key})},
        "with_the_key": counts(with_key), "from_outside": counts(outside), "from_inside": counts([r for r in with_key if r[1].startswith("10.")]),
        "outside_addresses_without_the_key": sum(r[1] in {o[1] for o in outside} and r[2] == "-" for r in rows),
    }, served


def saved(served):
    return {"first_customer_id": FIRST_ID, "ids_by_file": {**SAVED, CSV_NAME: ALL_SAVED}, "distinct_ids_saved": len(ALL_SAVED),
            "saved_and_served_in_the_log": len(served & set(ALL_SAVED)), "saved_but_not_in_the_log": sorted(set(ALL_SAVED) - served),
            "served_in_the_log_but_in_no_file": len(served - set(ALL_SAVED))}
