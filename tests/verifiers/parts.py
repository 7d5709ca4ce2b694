"""The parts of verify.py over the vectors of the parts: parts.py VERIFY_PY FOLDER_OF_VECTORS."""
import importlib.util, json, pathlib, sys

spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
vectors = lambda name: json.loads((pathlib.Path(sys.argv[2]) / name).read_text(encoding="utf-8"))
held = 0


def holds(what):
    global held
    if not what:
        raise SystemExit(f"part {held} does not hold")
    held += 1


def refused(judge, *given):
    try:
        judge(*given)
    except Exception:
        holds(True)
    else:
        holds(False)


leaves = [verify.sha(b"\0", str(i).encode()) for i in range(70_000)]
for v in vectors("tree.json")["roots"]:
    holds(verify.tree(leaves[:v["size"]])(0, v["size"]).hex() == v["root"])
for v in vectors("tree.json")["inclusion"]:
    root = verify.tree(leaves)(0, v["size"])
    holds(verify.climb(leaves[v["index"]], v["index"], v["size"], v["path"]) == root)
    refused(verify.climb, leaves[v["index"]], v["index"], v["size"], v["path"] + [root.hex()])
blocks = vectors("blocks.json")
for v in blocks["ranges"]:
    data = bytes((i * i // 256 + i) % 256 for i in range(v["bytes"]))
    end = -(-(v["offset"] + v["length"]) // 4096)
    shown = [verify.sha(b"\0", data[i * 4096:(i + 1) * 4096]) for i in range(v["first_block"], end)]
    root = next(s["root"] for s in blocks["streams"] if s["bytes"] == v["bytes"])
    path = list(v["path"])
    holds(verify.tree(shown, v["first_block"], path)(0, -(-v["bytes"] // 4096)).hex() == root and not path)
entries = vectors("entries.json")
for i, text in enumerate(entries["entries"]):
    holds(verify.strict(text.encode()) == json.loads(text))
    said = verify.read_note(entries["notes"][i].encode())
    tree = verify.tree([verify.sha(b"\0", t.encode()) for t in entries["entries"]])
    holds((said[1], said[2], said[3]) == (entries["case"], i + 1, tree(0, i + 1)))
keys = vectors("keys.json")
for v in keys["rfc8032"]:
    key, message, signature = (bytes.fromhex(v[name]) for name in ("public", "message", "signature"))
    holds(verify.signed(key, message, signature))
    refused(verify.signed, key, message + b"\0", signature)
for v in keys["keys"]:
    holds(verify.read_key(v["text"])[2].hex() == v["public"])
for v in keys["not_keys"]:
    refused(verify.read_key, v["text"])
for raw in (b'{"a":1.0}', b'{"a":NaN}', b'{"a":1e+16}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"A":1}', b'{"a": 1}', b'{"a":-0}',
            b'{"a":"\\u0041"}', b'{"a":"\xff"}', b'{"a":9007199254740992}', b"[1]", b"", b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"):
    refused(verify.strict, raw)
print(f"{held} parts hold")
