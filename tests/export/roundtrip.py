#!/usr/bin/env python3
"""Reads a Parquet export with DuckDB and compares it with what the case itself says.

    roundtrip.py EXPORT DUMPS

DUMPS holds the views `timeline`, `files`, `findings` and `requests-by-actor` of the same case as JSON lines, proof
bundles *.proof, and the Timesketch export events.jsonl. What is compared: counts by source and day; every row of
the three views, value by value; sums and distinct counts of requests; the roots over all leaves with those in the
entries that sealed the imports; leaves with proof bundles; digests of the files with the entry of the export.
docs/export.md and docs/format.md are what this was written from. Exit code 0: all agrees."""
import datetime, hashlib, json, pathlib, sys
import duckdb

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
done = []


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves):
    """RFC 9162 2.1.1, over leaves that are hashed already; no node is doubled."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [sha(b"\x01", level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2:]
    return level[0]


def agree(what, ours, theirs):
    if ours != theirs:
        if isinstance(ours, (dict, list, set)) and len(str(ours)) > 2000:
            both = zip(sorted(map(str, ours.items() if isinstance(ours, dict) else ours)),
                       sorted(map(str, theirs.items() if isinstance(theirs, dict) else theirs)))
            ours, theirs = next(((a, b) for a, b in both if a != b), (f"{len(ours)} values", f"{len(theirs)} values"))
        sys.exit(f"{what}: DuckDB has {ours}, the case {theirs}")
    done.append(what)


def micros(text):
    """Microseconds since 1970 of a time as a view writes it."""
    if text is None:
        return None
    plain = text.removesuffix(" (local, zone unknown)").removesuffix("Z")
    date, clock = plain.split("T")
    clock, _, fraction = clock.partition(".")
    when = datetime.datetime.fromisoformat(f"{date}T{clock}+00:00") - EPOCH
    return (when.days * 86400 + when.seconds) * 1_000_000 + int(fraction.ljust(6, "0") or 0)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def rows(db, sql):
    cursor = db.execute(sql)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def roots(db, ledger):
    """Both roots over the leaves of every table of every import, against the sealing entries."""
    entries = [json.loads(text) for text in ledger["entries"]]
    outputs = {(o["import"], o["table"]): o for e in entries if e["type"] == "import.seal" for o in e.get("outputs", [])
               if o["table"] != "statement"}
    told = {(i["import"], t["table"]): t for i in ledger["casebook_export"]["imports"] for t in i["tables"]}
    for table, name in [("event", "events"), ("file", "files"), ("finding", "findings"), ("source", "sources")]:
        for (number, kind), output in outputs.items():
            if kind != table:
                continue
            leaves = db.execute(f'SELECT row, leaf, content_leaf FROM {name} WHERE import = ? ORDER BY row', [number]).fetchall()
            agree(f"rows of {name} of source {number}", [r[0] for r in leaves], list(range(int(output["rows"]))))
            agree(f"root of {name} of source {number}", root([r[1] for r in leaves]).hex(), output["root"])
            agree(f"content root of {name} of source {number}", root([r[2] for r in leaves]).hex(), told[number, kind]["content_root"])


def proofs(db, folder):
    tables = {"event": ("events", "event_id"), "file": ("files", "file_id"), "finding": ("findings", "finding_id"),
              "source": ("sources", "source_id")}
    for path in sorted(folder.glob("*.proof")):
        bundle = json.loads(path.read_text())
        for row in bundle["rows"]:
            table, key = tables[row["table"]]
            commitments = (sha(b"\x02", bytes([i]), bytes.fromhex(f["salt"]), bytes([f["tag"]]), bytes.fromhex(f["value"]))
                           for i, f in enumerate(row["fields"]))
            leaf = sha(b"\x00", row["schema"].encode(), int(bundle["import"]).to_bytes(4, "little"),
                       int(row["row"]).to_bytes(8, "little"), bytes.fromhex(row["header"]), *commitments)
            found = db.execute(f"SELECT leaf FROM {table} WHERE {key} = ?", [int(bundle["import"]) << 40 | int(row["row"])])
            agree(f"leaf of {table} row {row['row']} in {path.name}", found.fetchall(), [(leaf,)])


def digests(export):
    """SHA256SUMS names every file, and the root over them is the one in the entry."""
    leaves, told = [], {}
    for line in (export / "SHA256SUMS").read_text().splitlines():
        digest, path = line.split("  ", 1)
        told[path] = digest
    there = sorted(str(p.relative_to(export)) for p in export.rglob("*") if p.is_file())
    agree("names of files", [p for p in there if p not in ("SHA256SUMS", "entry.json")], sorted(told))
    for path in sorted((p for p in there if p != "entry.json"), key=str.encode):
        data = (export / path).read_bytes()
        if path in told:
            agree(f"digest of {path}", hashlib.sha256(data).hexdigest(), told[path])
        name = path.encode()
        leaves.append(sha(b"\x00MEM1", len(name).to_bytes(4, "little"), name, len(data).to_bytes(8, "little"), sha(data)))
    entry = json.loads((export / "entry.json").read_text())
    agree("root over the files", root(leaves).hex(), entry["written"]["root"])
    agree("number of files", str(len(leaves)), entry["written"]["files"])
    return entry


def views(db, dumps, export):
    timeline = lines(dumps / "timeline.jsonl")
    ours = {r["event_id"]: r for r in rows(db, """
        SELECT event_id, epoch_us(time) AS at, epoch_us(until) AS until, zone_basis, action, object, actor, subject, state,
               parser, source, day, escaped FROM events""")}
    agree("number of events", len(ours), len(timeline))
    days, told = {}, {}
    for row in timeline:
        found, at = ours[row["event_id"]], micros(row["at"])
        local = bool(row["at"]) and row["at"].endswith("(local, zone unknown)")
        agree("a time", (found["at"], found["until"], found["zone_basis"] == "unknown"), (at, micros(row["until"]), local))
        for name in ["action", "object", "actor", "subject", "state", "parser", "source"]:
            # The view shows bytes that are no text as replacement characters.
            if name not in (found["escaped"] or []):
                agree(name, found[name], row[name])
        day = None if at is None else (EPOCH + datetime.timedelta(microseconds=at)).date()
        agree("a day", found["day"], day)
        days[(row["source"], day)] = days.get((row["source"], day), 0) + 1
    for source, day, n in db.execute("SELECT source, day, count(*) FROM events GROUP BY ALL").fetchall():
        told[(source, day)] = n
    agree("events by source and day", told, days)
    files = {r["file_id"]: r for r in rows(db, """
        SELECT *, epoch_us(modified) AS m, epoch_us(accessed) AS a, epoch_us(changed) AS c, epoch_us(created) AS b FROM files""")}
    dumped = lines(dumps / "files.jsonl")
    agree("number of files", len(files), len(dumped))
    for row in dumped:
        found = files[row["file_id"]]
        for name in ["path", "kind", "record", "name_state", "record_state", "content_state", "size", "source"]:
            agree(f"{name} of a file", found[name], row[name])
        times = [micros(row[n]) for n in ["modified", "accessed", "changed", "created"]]
        agree("times of a file", [found[n] for n in "macb"], times)
    findings = {r["finding_id"]: r for r in rows(db, "SELECT * FROM findings")}
    dumped = lines(dumps / "findings.jsonl")
    agree("number of findings", len(findings), len(dumped))
    for row in dumped:
        found = findings[row["finding_id"]]
        agree("a finding", (found["code"], found["severity"], found["count"], found["source"]),
              (row["code"], row["severity"], row["count"], row["source"]))
    groups = {(g["actor"], g["key"], g["address"]): g for g in lines(dumps / "requests-by-actor.jsonl")}
    counted = db.execute("""
        SELECT actor, CASE WHEN count(DISTINCT key) > 1 THEN '(several)' ELSE max(key) END, address, count(*), count(DISTINCT subject),
               count(DISTINCT subject) FILTER (status IS NULL OR status BETWEEN 200 AND 299 OR exposes IS NOT NULL)
        FROM events WHERE action = 'requested' GROUP BY actor, address""").fetchall()
    agree("requests by actor", {tuple(r[:3]): r[3:] for r in counted},
          {k: (g["requests"], g["subjects_requested"], g["distinct_subjects"]) for k, g in groups.items()})
    unknown = db.execute("""
        SELECT count(*) FROM (SELECT source_id AS id FROM events UNION SELECT unnest(spans).source_id FROM events
                              UNION SELECT source_id FROM files UNION SELECT source_id FROM findings)
        WHERE id NOT IN (SELECT source_id FROM sources)""").fetchone()
    agree("sources that are not listed", unknown, (0,))


def timesketch(db, path):
    """Each line has what Timesketch's importer asks for, and is the event of the same id."""
    ours = {r[0]: r[1:] for r in db.execute("SELECT event_id, epoch_us(time), leaf, content_leaf, bytes FROM events").fetchall()}
    read = 0
    for line in lines(path):
        for field in ["message", "datetime", "timestamp_desc"]:
            if not isinstance(line.get(field), str) or not line[field]:
                sys.exit(f"Timesketch: a line without {field}")
        when = datetime.datetime.fromisoformat(line["datetime"]) - EPOCH
        exact = (when.days * 86400 + when.seconds) * 1_000_000 + when.microseconds
        agree("a line of Timesketch", (exact, exact, bytes.fromhex(line["leaf"]), bytes.fromhex(line["content_leaf"]),
                                       line.get("bytes")), (line["timestamp"], *ours[line["event_id"]]))
        read += 1
    agree("lines of Timesketch", read, sum(1 for row in ours.values() if row[0] is not None))


def main(export, dumps):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    for name, files in [("events", "events/*/*/*"), ("files", "files/*/*"), ("findings", "findings/*/*"), ("sources", "sources")]:
        hive = "true" if "*" in files else "false"
        place = str(export / f"{files}.parquet").replace("'", "''")
        db.execute(f"CREATE VIEW {name} AS FROM read_parquet('{place}', hive_partitioning = {hive})")
    entry = digests(export)
    counts = {r["table"]: int(r["rows"]) for r in entry["written"]["rows"]}
    agree("counts of the entry", {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in counts}, counts)
    roots(db, json.loads((export / "ledger.json").read_text()))
    views(db, dumps, export)
    proofs(db, dumps)
    timesketch(db, dumps / "events.jsonl")
    print(f"roundtrip: {counts} and {len(done)} comparisons agree, by DuckDB {duckdb.__version__}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
