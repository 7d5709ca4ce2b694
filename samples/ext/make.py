#!/usr/bin/env python3
"""Makes the ext2, ext3 and ext4 samples and their ground truth.

Needs root (loop mounts), e2fsprogs, The Sleuth Kit, zstd. Every content is generated: the line
"<path> <n>" repeated. Times and inode generations come from the running kernel, so the images
differ from run to run; the tree, its contents and what happens to it do not.

Per image: NAME.img.zst; rows of NAME in truth.tsv or truth-busy.tsv (what the mounted file system held, and what
was deleted, renamed or rewritten, with SHA-256); NAME.fls.txt, the listing of The Sleuth Kit.

usage: make.py [NAME ...]
"""
import ctypes, hashlib, os, random, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = {
    # name: (MiB, mkfs arguments)
    "ext2": (3, ["-t", "ext2", "-b", "1024", "-I", "128", "-N", "512"]),
    "ext3": (6, ["-t", "ext3", "-b", "1024", "-I", "128", "-N", "512", "-J", "size=1"]),
    "ext3-4k": (14, ["-t", "ext3", "-b", "4096", "-I", "256", "-N", "512", "-J", "size=4"]),
    "ext4": (18, ["-t", "ext4", "-b", "1024", "-I", "256", "-N", "1024", "-J", "size=1"]),
    "ext4-inline": (8, ["-t", "ext4", "-b", "1024", "-I", "256", "-N", "1024", "-J", "size=1", "-O", "inline_data,metadata_csum,64bit"]),
    "ext4-plain": (18, ["-t", "ext4", "-b", "1024", "-I", "256", "-N", "1024", "-J", "size=1", "-O", "^metadata_csum,^64bit,meta_bg,^resize_inode"]),
    "ext4-2k": (10, ["-t", "ext4", "-b", "2048", "-I", "256", "-N", "512", "-J", "size=2", "-O", "metadata_csum_seed,orphan_file"]),
    "ext4-bigalloc": (16, ["-t", "ext4", "-b", "1024", "-C", "16384", "-I", "256", "-N", "512", "-J", "size=1", "-O", "bigalloc"]),
}
UUID = "6a1d6f2e-0000-4000-8000-00000000000%d"


def sh(*cmd):
    r = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if r.returncode:
        sys.exit("failed: %s\n%s" % (" ".join(cmd), r.stdout.decode(errors="replace")))
    return r.stdout


def body(path, size, version=0):
    line = b"%s v%d " % (path.encode(), version)
    out = b"".join(line + b"%08d\n" % n for n in range(size // (len(line) + 9) + 1))
    return out[:size]


class Tree:
    """Does things to the mounted tree and remembers what must be found."""

    def __init__(self, root):
        self.root, self.live, self.gone = root, {}, []

    def at(self, path):
        return os.path.join(self.root, path)

    def write(self, path, size, version=0, mode="wb"):
        data = body(path, size, version)
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), mode) as f:
            f.write(data)
        self.live[path] = data

    def holes(self, path, pieces, step):
        """A file of `pieces` pieces of 700 bytes, `step` bytes apart: holes and many extents."""
        data = bytearray(step * pieces)
        with open(self.at(path), "wb") as f:
            for n in range(pieces):
                piece = body("%s %d" % (path, n), 700)
                f.seek(n * step)
                f.write(piece)
                data[n * step:n * step + 700] = piece
            f.truncate(len(data))
        self.live[path] = bytes(data)

    def forget(self, path, how, new=""):
        self.gone.append((how, path, new, self.live[path]))

    def delete(self, path):
        self.forget(path, "deleted")
        os.unlink(self.at(path))
        del self.live[path]

    def rename(self, old, new):
        self.forget(old, "renamed", new)
        if new in self.live:
            self.forget(new, "replaced")
        os.rename(self.at(old), self.at(new))
        self.live[new] = self.live.pop(old)

    def rewrite(self, path, size):
        """Truncates and writes again: the earlier content belongs to the same inode."""
        self.forget(path, "rewritten")
        with open(self.at(path), "r+b") as f:
            f.truncate(0)
            os.fsync(f.fileno())
            sync(self.root)
            f.write(body(path, size, 1))
        self.live[path] = body(path, size, 1)


def sync(mount):
    fd = os.open(mount, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).syncfs(fd):
        sys.exit("syncfs failed")
    os.close(fd)


def act(t, name):
    """One story for every image. Every sync ends a transaction of the journal."""
    t.write("customers/list-2026-03.csv", 9000)
    t.write("customers/list-2026-04.csv", 14000)
    t.write("customers/empty.csv", 0)
    t.write("keys/signing.pem", 1700)
    t.write("keys/readme.txt", 40)
    t.write("notes/회의록 3월.txt", 900)
    t.write("notes/draft.txt", 3000)
    t.write("notes/plan.txt", 5000)
    t.write("notes/old/a/b/deep.txt", 300)
    t.write("exports/dump.bin", 330000)
    t.write("exports/part.bin", 20000)
    t.write("trash/secret/one.txt", 2500)
    t.write("trash/secret/two.txt", 45)
    for n in range(60):
        t.write("many/record with a longer name %03d.txt" % n, 20 + n)
    t.holes("exports/holes.bin", 6, 9000)
    t.holes("exports/fragments.bin", 24, 4096 * 2)
    os.symlink("customers/list-2026-03.csv", t.at("short-link"))
    os.symlink("/" + "/".join("a rather long directory name %02d" % n for n in range(6)), t.at("long-link"))
    os.link(t.at("keys/signing.pem"), t.at("notes/second-name.pem"))
    t.live["notes/second-name.pem"] = t.live["keys/signing.pem"]
    os.mkfifo(t.at("pipe"))
    os.mknod(t.at("device"), 0o020644, os.makedev(1, 300))
    os.chown(t.at("keys/signing.pem"), 70001, 1000)
    os.utime(t.at("notes/plan.txt"), ns=(1_700_000_000_123_456_789, 5_000_000_000_987_654_321))
    sync(t.root)
    t.delete("customers/list-2026-04.csv")
    t.delete("exports/part.bin")
    t.delete("trash/secret/one.txt")
    t.delete("trash/secret/two.txt")
    os.rmdir(t.at("trash/secret"))
    for n in range(0, 60, 9):
        t.delete("many/record with a longer name %03d.txt" % n)
    sync(t.root)
    t.rename("notes/draft.txt", "customers/renamed.txt")
    t.delete("notes/second-name.pem")
    t.rewrite("notes/plan.txt", 200)
    t.delete("exports/fragments.bin")
    sync(t.root)
    t.write("notes/later.txt", 700)
    sync(t.root)


def listing(root):
    rows = []
    for base, dirs, files in os.walk(root):
        for n in sorted(dirs + files):
            p = os.path.join(base, n)
            s = os.lstat(p)
            kind = {0o04: "directory", 0o10: "file", 0o12: "symbolic link", 0o01: "fifo", 0o02: "character device"}[s.st_mode >> 12]
            data = open(p, "rb").read() if kind == "file" else os.readlink(p).encode() if kind == "symbolic link" else None
            h = hashlib.sha256(data).hexdigest() if data is not None else "-"
            rows.append(("live", os.path.relpath(p, root), "", kind, s.st_ino, s.st_size, h, "%o" % s.st_mode, s.st_uid, s.st_gid,
                         s.st_nlink, s.st_mtime_ns))
    return sorted(rows)


def finish(name, img, rows, out):
    fls = subprocess.run(["fls", "-r", "-p", img], stdout=subprocess.PIPE, env=dict(os.environ, TZ="UTC")).stdout
    open(os.path.join(HERE, name + ".fls.txt"), "wb").write(fls)
    sh("zstd", "-q", "-f", "-19", "-o", os.path.join(HERE, name + ".img.zst"), img)
    for r in rows:
        out.append("\t".join([name] + [str(c) for c in r]))


def make(name, tmp, out):
    mib, args = IMAGES[name]
    img, mnt = os.path.join(tmp, name + ".img"), os.path.join(tmp, "mnt")
    os.makedirs(mnt, exist_ok=True)
    with open(img, "wb") as f:
        f.truncate(mib << 20)
    number = list(IMAGES).index(name)
    sh("mkfs.ext4", "-q", "-F", "-L", name[:16], "-U", UUID % number, "-E", "hash_seed=" + UUID % 9, *args, img)
    sh("mount", "-o", "loop,noatime", img, mnt)
    t = Tree(mnt)
    act(t, name)
    held = None
    if name == "ext4":
        # The same image once more as it lies on the medium while in use: a file deleted while
        # open, and transactions committed to the journal only.
        t.write("held.txt", 4000)
        t.write("unplugged.txt", 2600)
        sync(mnt)
        held = open(t.at("held.txt"), "rb")
        t.delete("held.txt")
        t.delete("unplugged.txt")
        t.write("last.txt", 60)
        with open(t.at("last.txt"), "rb") as f:
            os.fsync(f.fileno())
        live = os.path.join(tmp, "ext4-in-use.img")
        shutil.copyfile(img, live)
        rows = listing(mnt) + [(how, p, new, "file", 0, len(d), hashlib.sha256(d).hexdigest()) for how, p, new, d in t.gone]
        finish("ext4-in-use", live, rows, out)
        held.close()
    rows = listing(mnt)
    sh("umount", mnt)
    rows += [(how, p, new, "file", 0, len(d), hashlib.sha256(d).hexdigest()) for how, p, new, d in t.gone]
    finish(name, img, rows, out)


def make_old(name, tmp, out):
    """Deletions as kernels before 5.13 and tools leave them: names stay in slack, with their
    inode numbers, and the freed inode keeps its block map."""
    img = os.path.join(tmp, name + ".img")
    with open(img, "wb") as f:
        f.truncate(1 << 20)
    sh("mkfs.ext2", "-q", "-F", "-b", "1024", "-I", "128", "-N", "64", "-U", UUID % 8, img)
    files = {"report.txt": 5000, "ledger.csv": 13500, "photo.bin": 300000, "keep.txt": 800, "tail.txt": 90}
    commands = ["mkdir folder"]
    rows = []
    for n, (path, size) in enumerate(files.items()):
        host = os.path.join(tmp, "f%d" % n)
        open(host, "wb").write(body(path, size))
        commands.append("write %s %s" % (host, path))
    gone = ["ledger.csv", "photo.bin"]
    # The last file takes the place of the first: name and inode of the first are used again.
    commands += ["kill_file report.txt", "unlink report.txt"]
    again = os.path.join(tmp, "again")
    open(again, "wb").write(body("again.txt", 2200))
    commands.append("write %s again.txt" % again)
    for path in gone:
        commands += ["kill_file " + path, "unlink " + path]
    script = os.path.join(tmp, "script")
    open(script, "w").write("\n".join(commands) + "\n")
    sh("debugfs", "-w", "-f", script, img)
    hashes = lambda p, s: hashlib.sha256(body(p, s)).hexdigest()
    for path in ("keep.txt", "tail.txt"):
        rows.append(("live", path, "", "file", 0, files[path], hashes(path, files[path])))
    rows.append(("live", "again.txt", "", "file", 0, 2200, hashes("again.txt", 2200)))
    for path in gone:
        rows.append(("deleted", path, "", "file", 0, files[path], hashes(path, files[path])))
    rows.append(("overwritten", "report.txt", "", "file", 0, 5000, hashes("report.txt", 5000)))
    finish(name, img, rows, out)


def make_busy(name, tmp, out):
    """Forty rounds of writing, rewriting, renaming and deleting in little space: blocks and inode
    numbers are used again and again, and the journal wraps. Rows "was" list every content a path
    ever had (the version in the column of the new path)."""
    rng = random.Random(name)
    img, mnt = os.path.join(tmp, name + ".img"), os.path.join(tmp, "mnt")
    os.makedirs(mnt, exist_ok=True)
    with open(img, "wb") as f:
        f.truncate(6 << 20)
    kind = name.split("-")[0]
    sh("mkfs.ext4", "-q", "-F", "-t", kind, "-b", "1024", "-J", "size=1", "-U", UUID % 7, img)
    sh("mount", "-o", "loop,noatime", img, mnt)
    live, rows, dirs = {}, {}, ["alpha", "beta", "gamma"]
    for d in dirs:
        os.mkdir(os.path.join(mnt, d))

    def was(path, what):
        size, origin, version = what
        data = body(origin, size, version)
        rows[("was", path, "%s v%d" % (origin, version), "file", 0, size, hashlib.sha256(data).hexdigest())] = 1

    for step in range(40):
        for _ in range(rng.randint(5, 20)):
            r = rng.random()
            if r < 0.5 or len(live) < 8:
                path = "%s/f%02d" % (rng.choice(dirs), rng.randint(0, 60))
                size = int(rng.choice([10, 300, 3000, 20000, 90000]) * rng.random()) + 1
                live[path] = (size, path, step * 1000 + rng.randint(0, 999))
                with open(os.path.join(mnt, path), "wb") as f:
                    f.write(body(path, size, live[path][2]))
                was(path, live[path])
            elif r < 0.8:
                path = rng.choice(sorted(live))
                os.unlink(os.path.join(mnt, path))
                del live[path]
            else:
                old, new = rng.choice(sorted(live)), "%s/r%02d" % (rng.choice(dirs), rng.randint(0, 90))
                os.rename(os.path.join(mnt, old), os.path.join(mnt, new))
                live[new] = live.pop(old)
                was(new, live[new])
        sync(mnt)
    truth = listing(mnt) + sorted(rows)
    sh("umount", mnt)
    finish(name, img, truth, out)


def main():
    names = sys.argv[1:] or list(IMAGES) + ["ext2-old", "ext3-busy", "ext4-busy"]
    tables = {False: "truth.tsv", True: "truth-busy.tsv"}
    done = {n for n in names} | ({"ext4-in-use"} if "ext4" in names else set())
    old = []
    for table in tables.values():
        path = os.path.join(HERE, table)
        old += open(path).read().splitlines()[1:] if os.path.exists(path) else []
    out = [l for l in old if l.split("\t")[0] not in done]
    with tempfile.TemporaryDirectory() as tmp:
        for name in names:
            maker = make_old if name.endswith("-old") else make_busy if name.endswith("-busy") else make
            maker(name, tmp, out)
    head = "image\tstate\tpath\tnew path\tkind\tinode\tsize\tsha256\tmode\tuid\tgid\tlinks\tmtime_ns"
    for is_busy, table in tables.items():
        rows = sorted(l for l in out if l.split("\t")[0].endswith("-busy") == is_busy)
        open(os.path.join(HERE, table), "w").write("\n".join([head] + rows) + "\n")
    sums = []
    for n in sorted(os.listdir(HERE)):
        if n.endswith((".zst", ".tsv", ".txt")):
            sums.append("%s  %s" % (hashlib.sha256(open(os.path.join(HERE, n), "rb").read()).hexdigest(), n))
    open(os.path.join(HERE, "SHA256SUMS"), "w").write("\n".join(sums) + "\n")


main()
