#!/usr/bin/env python3
"""Makes the archive samples of this folder and their ground truth.

Python's zipfile, tarfile, gzip, bz2 and lzma, Info-ZIP `zip`, GNU `tar` and `zstd` write the
healthy archives; truth.tsv is then read back with zipfile and tarfile (and Info-ZIP `unzip -v`
must agree on the zips). Damage is made by cutting and patching bytes; contents.tsv has the hashes
of the contents they are made of. Same bytes each time, but for the encrypted zip.

usage: make.py            (writes beside itself)
"""
import bz2, gzip, hashlib, io, lzma, os, random, struct, subprocess, tarfile, tempfile, warnings, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
WHEN = (2025, 7, 14, 9, 30, 16)
EPOCH = 1752485416


def log(lines, seed):
    r = random.Random(seed)
    out = []
    for i in range(lines):
        out.append(b"10.20.%d.%d - - [14/Jul/2025:09:%02d:%02d +0000] \"GET /v1/members/%d/profile HTTP/1.1\" 200 %d\n"
                   % (r.randrange(256), r.randrange(256), i // 60 % 60, i % 60, r.randrange(10**6), r.randrange(300, 900)))
    return b"".join(out)


A, B, C = log(400, 1), log(300, 2), log(1, 3)
NOISE = random.Random(4).randbytes(3000)


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)
    return data


def info(name, mode=0o100644, method=zipfile.ZIP_DEFLATED):
    i = zipfile.ZipInfo(name, WHEN)
    i.create_system, i.external_attr, i.compress_type = 3, mode << 16, method
    return i


def make_zip(members, comment=b""):
    """members: (name, data, mode, method)"""
    f = io.BytesIO()
    with zipfile.ZipFile(f, "w") as z:
        for name, data, mode, method in members:
            z.writestr(info(name, mode, method), data)
        z.comment = comment
    return f.getvalue()


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors."""
    def __init__(self):
        self.out = bytearray()
    def writable(self):
        return True
    def write(self, b):
        self.out += b
        return len(b)


def make_tar(members, fmt):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode="w", format=fmt) as t:
        for name, data, kind in members:
            i = tarfile.TarInfo(name)
            i.mtime, i.mode, i.uid, i.gid, i.uname, i.gname = EPOCH, 0o640, 1000, 1000, "ops", "ops"
            if kind == "file":
                i.size = len(data)
                t.addfile(i, io.BytesIO(data))
            else:
                i.type = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE}[kind]
                i.linkname = data.decode() if data else ""
                t.addfile(i)
    return f.getvalue()


def run(*args, cwd=None):
    return subprocess.run(args, cwd=cwd, check=True, capture_output=True).stdout


D, S = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
LONG = "logs/" + "a-long-folder-name-of-a-node/" * 6 + "access.log"

# Healthy zips.
healthy = {}
healthy["plain.zip"] = put("plain.zip", make_zip([
    ("logs/", b"", 0o040755, S), ("logs/a.log", A, 0o100644, D), ("logs/b.log", B, 0o100600, S), ("empty.log", b"", 0o100644, S),
    ("latest", b"logs/a.log", 0o120777, S), ("로그/접속.log", C, 0o100644, D), ("noise.bin", NOISE, 0o100644, D)], b"gateway logs"))
healthy["methods.zip"] = put("methods.zip", make_zip([("a.deflate", A, 0o100644, D), ("b.bzip2", B, 0o100644, zipfile.ZIP_BZIP2)]))
u = Unseekable()
with zipfile.ZipFile(u, "w") as z:
    for n, d, m in (("a.log", A, D), ("b.log", B, S), ("c.log", C, D)):
        z.writestr(info(n, method=m), d)
healthy["descriptors.zip"] = put("descriptors.zip", bytes(u.out))
f = io.BytesIO()
with zipfile.ZipFile(f, "w") as z:
    for n, d in (("a.log", A), ("c.log", C)):
        with z.open(info(n), "w", force_zip64=True) as m:
            m.write(d)
wide = bytearray(f.getvalue())
# The end record and the directory as a writer of large archives leaves them: all ones, and zip64.
cd = wide.rfind(b"PK\5\6")
count, cd_size, cd_at = struct.unpack("<HII", wide[cd + 10:cd + 20])
records = bytes(wide[cd_at:cd])
out, at = b"", 0
while at < len(records):
    n, e, c = struct.unpack("<HHH", records[at + 28:at + 34])
    csize, size = struct.unpack("<II", records[at + 20:at + 28])
    offset = struct.unpack("<I", records[at + 42:at + 46])[0]
    name = records[at + 46:at + 46 + n]
    fixed = bytearray(records[at:at + 46])
    fixed[20:28] = b"\xff" * 8
    fixed[42:46] = b"\xff" * 4
    extra = struct.pack("<HHQQQ", 1, 24, size, csize, offset)
    fixed[30:32] = struct.pack("<H", len(extra))
    out += bytes(fixed) + name + extra
    at += 46 + n + e + c
end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(out), cd_at)
locator = struct.pack("<4sIQI", b"PK\6\7", 0, cd_at + len(out), 1)
end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
healthy["zip64.zip"] = put("zip64.zip", bytes(wide[:cd_at]) + out + end64 + locator + end)

# Archives in archives.
gz = lambda d: gzip.compress(d, 6, mtime=EPOCH)
inner_zip = make_zip([("in/a.log", A, 0o100644, D), ("in/c.log.gz", gz(C), 0o100644, S)])
inner_tgz = gz(make_tar([("t/b.log", B, "file"), ("t/c.log", C, "file")], tarfile.USTAR_FORMAT))
report = make_zip([("word/document.xml", b"<w:document/>", 0o100644, D)])
healthy["nested.zip"] = put("nested.zip", make_zip([
    ("stored.zip", inner_zip, 0o100644, S), ("deflated.zip", inner_zip, 0o100644, D), ("b.log.gz", gz(B), 0o100644, S),
    ("day.tar.gz", inner_tgz, 0o100644, D), ("report.docx", report, 0o100644, S), ("c.log.bz2", bz2.compress(C), 0o100644, S)]))

# Tars.
members = [("logs", b"", "folder"), ("logs/a.log", A, "file"), ("logs/empty", b"", "file"), ("latest", b"logs/a.log", "link"),
           ("same", b"logs/a.log", "hard"), ("pipe", b"", "fifo"), ("noise.bin", NOISE, "file")]
ustar = healthy["ustar.tar"] = put("ustar.tar", make_tar(members, tarfile.USTAR_FORMAT))
healthy["gnu.tar"] = put("gnu.tar", make_tar([(LONG, C, "file"), ("to-long", LONG.encode(), "link"), ("a.log", A, "file")], tarfile.GNU_FORMAT))
healthy["pax.tar"] = put("pax.tar", make_tar([(LONG, C, "file"), ("로그/접속.log", B, "file"), ("to-long", LONG.encode(), "link")], tarfile.PAX_FORMAT))
small = make_tar([("a.log", A, "file"), ("day/b.log.gz", gz(B), "file"), ("day/in.zip", inner_zip, "file"), ("c.log", C, "file")], tarfile.USTAR_FORMAT)
healthy["logs.tar.gz"] = put("logs.tar.gz", gz(small))
healthy["logs.tar.bz2"] = put("logs.tar.bz2", bz2.compress(small))
healthy["logs.tar.xz"] = put("logs.tar.xz", lzma.compress(small, check=lzma.CHECK_CRC64))
with tempfile.TemporaryDirectory() as tmp:
    p = os.path.join(tmp, "logs.tar")
    open(p, "wb").write(small)
    run("zstd", "-q", "-9", p)
    healthy["logs.tar.zst"] = put("logs.tar.zst", open(p + ".zst", "rb").read())
    # A sparse file, old GNU and pax.
    p = os.path.join(tmp, "sparse.bin")
    with open(p, "wb") as s:
        s.write(C)
        s.truncate(1 << 20)
        s.seek(1 << 20)
        s.write(C)
    for fmt, n in (("gnu", "sparse-gnu.tar"), ("posix", "sparse-pax.tar")):
        more = ["--pax-option=delete=atime,delete=ctime,exthdr.name=x"] if fmt == "posix" else []
        t = run("tar", "-S", "--format=" + fmt, "--mtime=@%d" % EPOCH, "--owner=0", "--group=0", *more, "-cf", "-", "sparse.bin", cwd=tmp)
        put(n + ".gz", gz(t))
    # Encrypted.
    p = os.path.join(tmp, "c.log")
    open(p, "wb").write(C)
    os.utime(p, (EPOCH, EPOCH))
    open(os.path.join(tmp, "open.log"), "wb").write(C)
    os.utime(os.path.join(tmp, "open.log"), (EPOCH, EPOCH))
    run("zip", "-qX", "e.zip", "open.log", cwd=tmp)
    run("zip", "-qXe", "-P", "training", "e.zip", "c.log", cwd=tmp)
    put("encrypted.zip", open(os.path.join(tmp, "e.zip"), "rb").read())
    # Streams of several parts, each by its own tool.
    p = os.path.join(tmp, "s.log")
    z = b""
    for part in (A, B):
        open(p, "wb").write(part)
        run("zstd", "-qf", p)
        z += open(p + ".zst", "rb").read()
    put("two.log.zst", struct.pack("<II", 0x184d2a50, 4) + b"note" + z)
put("two.log.gz", gz(A) + gz(B))
put("two.log.bz2", bz2.compress(A) + bz2.compress(B))
put("two.log.xz", lzma.compress(A, check=lzma.CHECK_SHA256) + b"\0" * 8 + lzma.compress(B, check=lzma.CHECK_CRC32))

# Damage. `plain.zip` is the mother of most.
plain = healthy["plain.zip"]
eocd = plain.rfind(b"PK\5\6")
cd_at = struct.unpack("<I", plain[eocd + 16:eocd + 20])[0]
put("no-directory.zip", plain[:cd_at])
put("cut.zip", plain[:cd_at - 900])
desc = healthy["descriptors.zip"]
put("no-directory-descriptors.zip", desc[:desc.find(b"PK\1\2")])
put("prefix-and-tail.zip", b"#!/bin/sh\nexit\n" + plain + b"tail")


def without_record(z, name):
    """The directory forgets a member; its local header and data stay."""
    e = z.rfind(b"PK\5\6")
    n, size, at = struct.unpack("<HII", z[e + 10:e + 20])
    i = z.find(name, at) - 46
    l, x, c = struct.unpack("<HHH", z[i + 28:i + 34])
    length = 46 + l + x + c
    end = z[e:e + 8] + struct.pack("<HHII", n - 1, n - 1, size - length, at) + z[e + 20:]
    return z[:i] + z[i + length:e] + end


put("hidden-member.zip", without_record(plain, b"logs/b.log"))
wrong = bytearray(plain)
i = plain.find(b"logs/b.log", cd_at) - 46
wrong[i + 16:i + 20] = b"\1\2\3\4"                 # crc32 in the directory
i = plain.find(b"noise.bin", cd_at)
wrong[i:i + 9] = b"other.bin"                     # name in the directory only
put("wrong-crc-and-name.zip", bytes(wrong))
method = bytearray(plain)
i = plain.find(b"logs/a.log", cd_at) - 46
method[i + 10:i + 12] = struct.pack("<H", 9)
j = plain.find(b"logs/a.log") - 30
method[j + 8:j + 10] = struct.pack("<H", 9)
put("unread-method.zip", bytes(method))
dup = io.BytesIO()
warnings.simplefilter("ignore")
with zipfile.ZipFile(dup, "w") as z:
    for n, d in (("x.log", A), ("x.log", C), ("../up.log", C), ("/abs.log", C), ("C:\\w\\a.log", C)):
        z.writestr(info(n), d)
put("names.zip", dup.getvalue())
two = bytearray(gz(A) + gz(B) + gz(C))
two[40:60] = bytes(20)                            # inside the first part
put("damaged-first.log.gz", bytes(two))
bad = bytearray(gz(A))
bad[-8:-4] = b"\0\0\0\0"
put("wrong-crc.log.gz", bytes(bad) + b"not a stream")
put("cut.tar.gz", healthy["logs.tar.gz"][:-700])
put("cut.log.xz", lzma.compress(A)[:-2000])
with tempfile.TemporaryDirectory() as tmp:
    p = os.path.join(tmp, "s.log")
    open(p, "wb").write(log(2500, 5))
    run("zstd", "-q", "-1", p)
    put("cut.log.zst", open(p + ".zst", "rb").read()[:-400])
hole = bytearray(ustar)
# A header in the middle: the one of logs/empty (after folder, file and its blocks).
with tarfile.open(fileobj=io.BytesIO(ustar)) as t:
    at = t.getmember("logs/empty").offset
hole[at:at + 512] = b"\x55" * 512
put("lost-header.tar", bytes(hole))
put("joined.tar", make_tar([("one.log", C, "file")], tarfile.USTAR_FORMAT) + make_tar([("two.log", C, "file")], tarfile.USTAR_FORMAT))

# Ground truth, as other tools read the finished files.
sha = lambda d: hashlib.sha256(d).hexdigest()
rows = []
for name, data in healthy.items():
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            for i in z.infolist():
                d = z.read(i)
                rows.append((name, i.orig_filename, "%d" % i.file_size, "%08x" % i.CRC, sha(d)))
    else:
        plain_tar = run("zstd", "-dcq", os.path.join(HERE, name)) if name.endswith(".zst") else data
        with tarfile.open(fileobj=io.BytesIO(plain_tar)) as t:
            for i in t.getmembers():
                d = t.extractfile(i).read() if i.isreg() else i.linkname.encode() if i.issym() or i.islnk() else b""
                rows.append((name, i.name + ("/" if i.isdir() and not i.name.endswith("/") else ""), "%d" % len(d), "-", sha(d)))
for name in ("two.log.gz", "two.log.bz2", "two.log.xz", "two.log.zst"):
    tool = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}[name.rsplit(".", 1)[1]]
    d = run(tool, "-dc", os.path.join(HERE, name))
    rows.append((name, "two.log", "%d" % len(d), "-", sha(d)))
with open(os.path.join(HERE, "truth.tsv"), "w", encoding="utf-8", newline="\n") as f:
    f.write("archive\tmember\tbytes\tcrc32\tsha256\n")
    for r in rows:
        f.write("\t".join(r) + "\n")
for name in ("plain.zip", "nested.zip", "methods.zip", "descriptors.zip", "zip64.zip"):
    listed = run("unzip", "-v", os.path.join(HERE, name)).decode("utf-8", "replace").splitlines()[3:-2]
    ours = [r for r in rows if r[0] == name]
    crcs = [next(w for w in l.split() if len(w) == 8 and all(c in "0123456789abcdef" for c in w)) for l in listed if l.split()[0].isdigit()]
    assert crcs == [r[3] for r in ours], (name, crcs)

with open(os.path.join(HERE, "contents.tsv"), "w", newline="\n") as f:
    f.write("content\tbytes\tsha256\n")
    for n, d in (("A", A), ("B", B), ("C", C), ("AB", A + B), ("BC", B + C), ("noise", NOISE), ("empty", b""), ("zstd-block", log(2500, 5)[:128 << 10])):
        f.write("%s\t%d\t%s\n" % (n, len(d), sha(d)))
with open(os.path.join(HERE, "SHA256SUMS"), "w", newline="\n") as f:
    for n in sorted(os.listdir(HERE)):
        if n.rsplit(".", 1)[-1] in ("zip", "tar", "gz", "bz2", "xz", "zst"):
            f.write("%s  %s\n" % (sha(open(os.path.join(HERE, n), "rb").read()), n))
