#!/usr/bin/env python3
"""Writes packages.json: a small disclosure package of invented rows, variants of it that are whole, and a broken
package for each attack, each with the verdict and the first place that every verifier is to give. README.md says how
a case is told as its difference from the first package. Run in this folder, with Python's standard library alone."""
import base64, copy, json

from make import path as path_to, root, sha
from package_case import IMAGE, SECOND, STRANGER, WITNESS, Maker, jsonl, leaf, line, shown_range

GOOD = Maker()
FILES = GOOD.files()
LAST = len(GOOD.ledger.texts) - 1
CASES = []


def case(name, verdict, place, files=None, attack=None, **more):
    """`attack` is the number in the table of docs/format.md; `more` may hold `since`, `key`, `twice`, `encrypted`."""
    files = FILES if files is None else files
    difference = {path: told(path, files.get(path)) for path in sorted(set(FILES) | set(files)) if files.get(path) != FILES.get(path)}
    CASES.append({"name": name, "attack": attack, "verdict": verdict, "place": place, "files": difference, **more})


def told(path, raw):
    if raw is None:
        return None
    if path not in FILES or not path.endswith(("jsonl", "note")):
        return {"base64": base64.b64encode(raw).decode()}
    lines = FILES[path].split(b"\n")
    return {"lines": [lines.index(l) if l in lines else l.decode() for l in raw.split(b"\n")]}


def bad(name, place, attack=None, replaced=None, **more):
    """The first package with some of its files replaced, or taken away by None."""
    files = {**FILES, **{k: v.encode() if isinstance(v, str) else v for k, v in (replaced or {}).items()}}
    case(name, "mismatch", place, {k: v for k, v in files.items() if v is not None}, attack, **more)


def made(name, place, attack=None, **changed):
    """A package that was made wrong from the beginning, and signed."""
    case(name, "mismatch", place, Maker(**changed).files(), attack)


def at(number, table, row):
    return next(i for i, r in enumerate(GOOD.rows) if (r["import"], r["table"], int(r["row"])) == (number, table, row))


def genuine(number, table, row, claimed=None):
    """A row that the package does not show, with its true path."""
    shown = line(GOOD.leaves(number, table), {1: 2, 2: 7}[number], number, table, row, *GOOD.data[number][table][row])
    return shown if claimed is None else {**shown, "row": str(claimed)}


def rows(name, place, attack, change):
    shown = copy.deepcopy(GOOD.rows)
    change(shown)
    bad(name, place, attack, {"rows.jsonl": jsonl(shown)})


def row(name, attack, change, where=(1, "event", 2)):
    """One row is changed, and it is the place."""
    rows(name, "import {} {} row {}".format(*where), attack, lambda shown: change(shown[at(*where)]))


def text_of(name, place, attack, path, change):
    """The text of a file is changed."""
    bad(name, place, attack, {path: change(FILES[path].decode())})


def entries(name, place, attack, change):
    texts = list(GOOD.ledger.texts)
    change(texts)
    bad(name, place, attack, {"entries.jsonl": "".join(t + "\n" for t in texts)})


def lied(name, attack, lie):
    made(name, "disclosure", attack, lie=lie)


def flip(raw, where):
    return raw[:where] + bytes([raw[where] ^ 1]) + raw[where + 1:]


def swap(values, a, b):
    values[a], values[b] = values[b], values[a]


def whole_packages():
    """An accusation against one of these is a failure of the verifier."""
    case("good", "consistent", None)
    case("a kept note", "verified", None, since=GOOD.kept)
    case("a kept size and root", "verified", None, since="3 " + root(GOOD.ledger.leaves()[:3]).hex())
    case("the kept head", "verified", None, since=GOOD.note)
    case("the key of the case", "verified", None, key=SECOND.text())
    case("the key of a witness", "verified", None, key=WITNESS.text())
    case("no key in the case", "consistent", None, Maker(keyed=False).files())
    case("no rows", "consistent", None, Maker(rows=False).files())
    case("lines without a last line end", "consistent", None, {**FILES, "rows.jsonl": FILES["rows.jsonl"][:-1], "blocks.jsonl": FILES["blocks.jsonl"][:-1]})
    case("clock set back", "consistent", None, Maker(backwards=True).files(), 13)


def attacks_on_rows():
    header = GOOD.rows[at(1, "event", 2)]["header"]
    row("text edited", 1, lambda r: r["fields"][1].update(value=b"/v1/customers/9".hex()))
    row("time edited", 1, lambda r: r.update(header=header[:4] + "00" + header[6:]))
    row("action edited", 1, lambda r: r.update(header=header[:42] + "1500" + header[46:]))
    row("detail of a file edited", 1, lambda r: r["fields"][1].update(value=b"{}".hex()), (1, "file", 3))
    row("statement edited", 1, lambda r: r["fields"][1].update(value=b"import 2".hex()), (0, "statement", 0))
    row("masked field edited", 1, lambda r: r["fields"][0].update(commitment="00" * 32))
    row("span re-pointed", 2, lambda r: r.update(header=header[:-32] + "ff" + header[-30:]))
    row("values moved between fields", 3, lambda r: swap(r["fields"], 1, 2))
    row("salts swapped", 3, lambda r: [a.update(salt=b) for a, b in zip(r["fields"][1:3], [r["fields"][2]["salt"], r["fields"][1]["salt"]])])
    rows("rows swapped", "import 1 event row 2", 3, lambda all: (
        swap(all, at(1, "event", 2), at(1, "event", 3)), all[at(1, "event", 2)].update(row="2"), all[at(1, "event", 3)].update(row="3")))
    rows("rows out of order", "import 1 event row 2", 3, lambda all: swap(all, at(1, "event", 2), at(1, "event", 3)))
    rows("row twice", "import 1 event row 2", 4, lambda all: all.insert(at(1, "event", 2), all[at(1, "event", 2)]))
    rows("row deleted", "disclosure", 4, lambda all: all.pop(at(1, "event", 2)))
    rows("all rows of a table deleted", "disclosure", 4, lambda all: all.pop(at(1, "finding", 0)))
    rows("true row inserted", "disclosure", 4, lambda all: all.insert(at(1, "event", 2), genuine(1, "event", 1)))
    rows("invented row inserted", "import 1 event row 8", 4, lambda all: all.insert(at(1, "finding", 0), genuine(1, "event", 7, 8)))
    rows("row under the wrong import", "import 2 event row 0", 12, lambda all: all.insert(
        at(2, "event", 1), {**genuine(1, "event", 0), "import": 2, "entry": "7"}))
    row("row under the wrong entry", 12, lambda r: r.update(entry="7"))
    row("row under an entry that is not there", 12, lambda r: r.update(entry="99"))
    row("path of a tree of another size", 25, lambda r: r.update(path=[h.hex() for h in path_to(2, GOOD.leaves(1, "event") + [bytes(32)])]))
    row("inner node for a leaf", 26, lambda r: r.update(path=r["path"][1:]))
    row("header that takes in a commitment", 26, lambda r: r.update(header=header + r["fields"][0]["commitment"], fields=r["fields"][1:]))
    rows("last leaf doubled", "import 1 file row 5", 26, lambda all: all.insert(at(1, "file", 3) + 1, genuine(1, "file", 4, 5)))
    row("null with a value", 27, lambda r: r["fields"][1].update(tag=0))
    row("tag of no value", 27, lambda r: r["fields"][1].update(tag=9))
    row("tag that is no number", 27, lambda r: r["fields"][1].update(tag=True))
    row("field without a name masked", 27, lambda r: r["fields"].__setitem__(3, {"commitment": leaf_of_null()}), (1, "file", 3))
    row("header one byte longer", 27, lambda r: r.update(header=header + "00"))
    row("schema of another table", 27, lambda r: r.update(schema="FIL1"))
    row("unknown member", 27, lambda r: r.update(note="x"))
    row("value and commitment in one field", 27, lambda r: r["fields"][1].update(commitment="00" * 32))
    row("hexadecimal in capitals", 27, lambda r: r.update(header=header.upper()))
    row("salt of another length", 27, lambda r: r["fields"][1].update(salt=r["fields"][1]["salt"] + "00"))
    n = at(1, "event", 2) + 1
    for name, change in {"white space": ('"import":1', '"import": 1'), "two members of one name": ('"import":1', '"import":1,"import":1'),
                         "escape": ('"event"', '"\\u0065vent"'), "float": ('"import":1', '"import":1.0'),
                         "leading zero": ('"row":"2"', '"row":"02"'), "unknown table": ('"event"', '"evens"'),
                         "a member missing": ('"import":1,', ""), "line end of two bytes": ("}", "}\r")}.items():
        def one_line(t, change=change):
            lines = t.split("\n")
            lines[n - 1] = change[1].join(lines[n - 1].rsplit(change[0], 1))
            return "\n".join(lines)
        text_of(f"row with {name}", f"rows.jsonl line {n}", 27, "rows.jsonl", one_line)
    text_of("rows with an empty line", "rows.jsonl line 1", 27, "rows.jsonl", lambda t: "\n" + t)


def leaf_of_null():
    """The true commitment of the fourth field of file row 3, which is null."""
    from package_case import commitments
    return commitments(1, "file", 3, GOOD.data[1]["file"][3][1])[3].hex()


def attacks_on_entries():
    entries("entry edited", "entry 3", 1, lambda t: t.__setitem__(2, t[2].replace("04:22", "04:23")))
    entries("last entry edited", "checkpoint", 1, lambda t: t.__setitem__(LAST, t[LAST].replace("package", "archive")))
    entries("entry deleted", "entry 4", 5, lambda t: t.pop(4))
    entries("entries reordered", "entry 3", 5, lambda t: swap(t, 3, 4))
    entries("entry twice", "entry 4", 5, lambda t: t.insert(3, t[3]))
    entries("tail cut off", "checkpoint", 6, lambda t: t.pop())
    entries("entry of another case", "entry 2", 5, lambda t: t.__setitem__(2, t[2].replace("0f8b5c1e", "0f8b5c1f")))
    entries("entry of another version", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v":2')))
    entries("entry with white space", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v": 1')))
    entries("entry with two members of one name", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v":1,"v":1')))
    entries("entry with a key outside the profile", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v":1,"w-x":1')))
    entries("entry with a float", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v":1e0')))
    entries("entry with an integer of 2^53", "entry 2", 27, lambda t: t.__setitem__(2, t[2].replace('"v":1', '"v":9007199254740992')))
    entries("entry with levels beyond the most", "entry 2", 27, lambda t: t.__setitem__(
        2, t[2].replace('"v":1', '"v":1,"w":' + "[" * 40 + "]" * 40)))
    entries("entry that is a list", "entry 2", 27, lambda t: t.__setitem__(2, "[]"))
    entries("no entries", "checkpoint", 6, lambda t: t.clear())
    made("rebuilt ledger with an entry that seals nothing", "import 2 source row 1", 12, sealed_as="import.note")
    made("rotation without the old key's signature", "entry 4", 23, rotated=lambda r: r["signatures"].__setitem__(0, r["signatures"][1]))
    made("rotation of a key that is not the case's", "entry 4", 23, rotated=lambda r: r.update(old=STRANGER.text()))
    made("rotation to a key that did not sign", "entry 4", 23, rotated=lambda r: r.update(new=STRANGER.text()))
    made("key that is no key", "entry 0", 23, key="examiner-a1+00000000+AAAA")
    bad("rows without the entries", "zip", 5, {"entries.jsonl": None})


def attacks_on_checkpoints():
    said, lines = GOOD.note.split("\n\n")[0] + "\n", GOOD.note.split("\n\n")[1].split("\n")
    size = f"\n{LAST + 1}\n"
    note = lambda name, attack, text, place="checkpoint": bad(name, place, attack, {"checkpoint.note": text})
    note("stripped signature", 23, said + "\n")
    note("signature of a witness alone", 23, said + "\n" + lines[1] + "\n")
    note("wrong key", 23, said + "\n" + STRANGER.line(said.encode()))
    note("key that was rotated away", 23, GOOD.ledger.note(GOOD.first))
    note("forged signature", 23, GOOD.note.replace(lines[0], SECOND.line(b"another text\n").rstrip("\n")))
    note("forged signature beside a true one", 23, GOOD.note + SECOND.line(b"another text\n"))
    note("signature of another length", 23, GOOD.note.replace(lines[0], lines[0][:-8] + "AAAA"))
    start, signature = lines[0].rsplit(" ", 1)
    longer = base64.b64encode(base64.b64decode(signature) + b"\0").decode()
    note("signature with a byte after it", 23, GOOD.note.replace(lines[0], f"{start} {longer}"))
    note("checkpoint of another size", 25, Maker.resigned(said.replace(size, f"\n{LAST}\n")))
    note("checkpoint of another root", 8, Maker.resigned(said[:-5] + "AAA=\n"))
    note("checkpoint of another case", 8, Maker.resigned(said.replace("0f8b5c1e", "0f8b5c1f")), "entry 0")
    note("checkpoint with an extension line", 27, GOOD.note.replace("\n\n", "\nextension\n\n"))
    note("checkpoint with a leading zero", 27, GOOD.note.replace(size, size.replace("\n", "\n0", 1)))
    note("checkpoint that is none", 27, "casebook\n")
    rebuilt = Maker(backwards=True)
    case("rebuilt and signed again, kept note", "mismatch", "checkpoint", rebuilt.files(), 8, since=GOOD.note)
    case("rebuilt and signed again, kept root", "mismatch", "checkpoint", rebuilt.files(), 7, since=f"{LAST} " + root(GOOD.ledger.leaves()[:LAST]).hex())
    grown = Maker()
    grown.ledger.add("verify")
    case("older copy", "mismatch", "checkpoint", None, 9, since=grown.ledger.note(SECOND))
    case("key from elsewhere that did not sign", "mismatch", "checkpoint", None, 23, key=STRANGER.text())
    for path in ("anchors/3/note", "anchors/5/token.tsr", "anchors/5/chain.pem"):
        bad(f"{path} edited", f'anchor {path.split("/")[1]}', 14, {path: flip(FILES[path], 60 % len(FILES[path]))})
        bad(f"{path} taken away", f'anchor {path.split("/")[1]}', 14, {path: None})
    bad("parts of no anchor", "zip", 14, {"anchors/4/note": GOOD.kept})
    bad("a part the anchor does not name", "anchor 3", 14, {"anchors/3/chain.pem": "x"})
    made("token of something else", "anchor 5", 14, imprint=sha(b"another note"))
    made("anchor of another history", "anchor 3", 14, anchored=rebuilt.ledger.note(WITNESS, size=7).replace("\n7\n", "\n3\n"))
    made("anchor of another size", "anchor 3", 14, anchored=GOOD.ledger.note(WITNESS, size=2))


def attacks_on_evidence():
    one, two = "evidence/1-0/1.bin", "evidence/2-1/0.bin"
    place = "import 1 source 0 block 1"
    bad("one bit of the evidence", place, 11, {one: flip(FILES[one], 5000)})
    bad("evidence cut short", place, 11, {one: FILES[one][:-4096]})
    bad("evidence of no whole block", place, 11, {one: FILES[one][:-1]})
    bad("evidence taken away", place, 11, {one: None})
    bad("evidence that nothing speaks of", "zip", 11, {"evidence/1-0/4.bin": IMAGE[16384:]})
    change = lambda old, new: lambda t: t.replace(old, new, 1)
    bad("block under another number", "import 1 source 0 block 0", 11, {
        one: None, "evidence/1-0/0.bin": FILES[one], "blocks.jsonl": FILES["blocks.jsonl"].decode().replace('"first_block":"1"', '"first_block":"0"', 1)})
    text_of("evidence of another source", "import 1 source 1 block 1", 11, "blocks.jsonl", change('"source":0', '"source":1'))
    text_of("stream of another length", place, 25, "blocks.jsonl", change('"bytes":"20000"', '"bytes":"20001"'))
    text_of("length of the range", place, 11, "blocks.jsonl", change('"length":"12288"', '"length":"12287"'))
    text_of("path of a range", place, 26, "blocks.jsonl", change('"path":["', '"path":["' + "00" * 32 + '","'))
    text_of("range with an unknown member", place, 27, "blocks.jsonl", change('"import"', '"hidden":0,"import"'))
    text_of("range with white space", "blocks.jsonl line 1", 27, "blocks.jsonl", change('"length"', ' "length"'))
    text_of("ranges out of order", place, 27, "blocks.jsonl", lambda t: "".join(l + "\n" for l in t.split("\n")[1::-1]))
    bad("range deleted", "disclosure", 11, {two: None, "blocks.jsonl": FILES["blocks.jsonl"].split(b"\n")[0] + b"\n"})
    said, data = shown_range(1, 0, IMAGE, 4, 5)
    bad("true range added", "disclosure", 11, {"evidence/1-0/4.bin": data, "blocks.jsonl": FILES["blocks.jsonl"].replace(b"\n", b"\n" + jsonl([said]).encode(), 1)})
    rows("source of a range not shown", place, 11, lambda all: all.pop(at(1, "source", 0)))


def attacks_on_counts():
    first = lambda member, value: lambda d: d["rows"][1].update({member: value})
    lied("fewer rows said to be there", 22, first("of", "2"))
    lied("other number of rows shown", 22, first("shown", "2"))
    lied("more hidden rows than there are", 22, first("hidden", "1"))
    lied("hidden that is no number", 22, first("hidden", "-1"))
    lied("table left out", 22, lambda d: d["rows"].pop(1))
    lied("masked fields counted short", 22, lambda d: d["masked"].update(event_actor=1))
    lied("masked fields not named", 22, lambda d: d["masked"].pop("event_actor"))
    lied("masked fields that are not", 22, lambda d: d["masked"].update(event_object=1))
    lied("another root of rows", 4, lambda d: d.update(root="00" * 32))
    lied("another number of ranges", 11, lambda d: d["blocks"].update(ranges="1"))
    lied("another root of ranges", 11, lambda d: d["blocks"].update(root="00" * 32))
    lied("annex said to be none", 22, lambda d: d.update(annex=None))
    bad("annex swapped", "disclosure", 22, {"annex.age": "another"})
    bad("annex taken away", "disclosure", 22, {"annex.age": None})


def attacks_on_the_zip():
    for name in ["notes.txt", "/checkpoint.note", "../checkpoint.note", "evidence/../rows.jsonl", "evidence\\1-0\\1.bin", "evidence/1-0/",
                 "evidence/01-0/1.bin", "Checkpoint.note", "anchors/3/other", "checkpoint.note\n", "r\u043ews.jsonl"]:
        bad(f"a file named {name!a}", "zip", 27, {name: "x"})
    bad("name there twice", "zip", 27, twice="rows.jsonl")
    bad("name there twice, of the kind that is not checked", "zip", 27, twice="SPEC.txt")
    bad("encrypted file", "zip", 27, encrypted="rows.jsonl")
    for name in ("checkpoint.note", "rows.jsonl", "blocks.jsonl"):
        bad(f"{name} taken away", "zip", 4, {name: None})


if __name__ == "__main__":
    whole_packages()
    attacks_on_rows()
    attacks_on_entries()
    attacks_on_checkpoints()
    attacks_on_evidence()
    attacks_on_counts()
    attacks_on_the_zip()
    texts = {n: {"lines": v.decode().split("\n")} if n.endswith(("jsonl", "note", "txt", "pem", "age")) else
             {"base64": base64.b64encode(v).decode()} for n, v in sorted(FILES.items())}
    with open("packages.json", "w", encoding="utf-8") as f:
        f.write('{"package": ' + json.dumps(texts, ensure_ascii=False) + ',\n"cases": [\n')
        f.write(",\n".join(json.dumps(c, ensure_ascii=False) for c in CASES) + "\n]}\n")
