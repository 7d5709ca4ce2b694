#!/usr/bin/env python3
"""Makes the evidence of the tests of verification and proofs: `disk.raw.zst`, a disk of 4 MiB with
one FAT16 partition that holds a gateway's access log in two pieces, and `disk.tsv`, what The Sleuth
Kit says of it. Needs mkfs.fat, mtools, zstd and The Sleuth Kit. All data is invented."""
import hashlib, os, struct, subprocess, tempfile

LINES = 1500
OFFSET = 64 * 512
AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "python-requests/2.32.3", "curl/8.9.1"]


def log(first, last):
    out = []
    for i in range(first, last):
        minute, second = divmod(i, 60)
        hour, minute = divmod(minute, 60)
        out.append(
            f'198.51.100.{i % 7 + 10} - key-{i % 3} [03/Nov/2025:{hour + 2:02}:{minute:02}:{second:02} +0000] '
            f'"GET /api/v2/accounts/{10_000 + i * 37 % 4096}/profile HTTP/1.1" {404 if i % 50 == 49 else 200} {512 + i % 900} '
            f'"-" "{AGENTS[i % 3]}"\n'
        )
    return "".join(out).encode()


def run(*args, **more):
    return subprocess.run(args, check=True, capture_output=True, **more).stdout


with tempfile.TemporaryDirectory() as work:
    disk, part = f"{work}/disk.raw", f"{work}/part.raw"
    with open(disk, "wb") as f:
        f.truncate(4 << 20)
    # One partition of type 6 from sector 64 to the end; no cylinder-head-sector addresses.
    entry = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 6, b"\xfe\xff\xff", 64, ((4 << 20) - OFFSET) // 512)
    with open(disk, "r+b") as f:
        f.seek(440)
        f.write(b"CBK1\0\0" + entry + bytes(48) + b"\x55\xaa")
    with open(part, "wb") as f:
        f.truncate((4 << 20) - OFFSET)
    run("mkfs.fat", "--invariant", "-F", "16", "-i", "43424b31", "-n", "GATEWAY", "-s", "1", part)

    def put(name, data):
        path = f"{work}/{os.path.basename(name)}"
        with open(path, "wb") as f:
            f.write(data)
        os.utime(path, (1_762_150_000, 1_762_150_000))
        run("mcopy", "-m", "-i", part, path, f"::{name}", env={**os.environ, "TZ": "UTC"})

    # A file deleted between two others leaves a hole, so that the log lies in two pieces.
    put("old.txt", b"written before, then deleted\n" * 1200)
    put("notes.txt", b"nothing of note\n" * 40)
    run("mdel", "-i", part, "::old.txt")
    put("access.log", log(0, LINES))
    with open(disk, "r+b") as f, open(part, "rb") as p:
        f.seek(OFFSET)
        f.write(p.read())
    with open(disk, "rb") as f:
        data = f.read()
    rows = ["name\tvalue", f"bytes\t{len(data)}", f"sha256\t{hashlib.sha256(data).hexdigest()}"]
    rows += [f"log_lines\t{LINES}", f"log_sha256\t{hashlib.sha256(log(0, LINES)).hexdigest()}"]
    listing = run("fls", "-o", "64", "-r", "-p", disk).decode().splitlines()
    rows += [f"fls\t{line.replace(chr(9), ' ')}" for line in listing]
    inode = next(l.split()[1].rstrip(":") for l in listing if l.endswith("access.log"))
    content = run("icat", "-o", "64", disk, inode)
    assert content == log(0, LINES)
    sectors = [int(s) for s in run("istat", "-o", "64", disk, inode).decode().split("Sectors:")[1].split()]
    runs = []
    for sector in sectors:
        if runs and runs[-1][0] + runs[-1][1] == sector:
            runs[-1][1] += 1
        else:
            runs.append([sector, 1])
    rows += [f"log_run\t{first} {count}" for first, count in runs]
    with open("disk.tsv", "w") as f:
        f.write("\n".join(rows) + "\n")
    run("zstd", "-19", "-f", "-q", disk, "-o", "disk.raw.zst")
