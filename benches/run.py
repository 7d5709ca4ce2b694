#!/usr/bin/env python3
"""benches/run.py - Casebook beside the tools people use today, in the same run on the same data.

Each pair is run A B A B ...; the smallest CPU time (user and system, of the process and all it started)
and the smallest wall time of each side are compared, since other work on a machine only ever adds.
Peak memory is the largest sum of PSS over the processes, sampled every 50 ms. What a command reads is read once before it.

usage: benches/run.py WORK [--casebook PROGRAM] [--runs N] [--hash-mib N] [--disk IMAGE] [--logs ARCHIVE:LINES]...
                     [--duckdb PYTHON] [--plaso PROGRAM] [--floor PROGRAM]
  WORK      folder for files that are made and removed again; needs room for the case files
  --disk    an NTFS image: import with all its events, against tsk_loaddb -k and against fls into sqlite3
  --logs    a zip of Combined access logs and its number of lines; twice, and the growth of memory is told
  --duckdb  a Python with DuckDB, which reads the same logs, unpacked before, into a table without provenance
  --plaso   log2timeline, which reads the first 20,000 lines of them (it takes a thousandfold)
  --floor   `limits` of the benchmark set: unzips, parses and inserts the same lines into SQLite with three indexes and
            nothing else; what the machine makes of that says what the goals, set elsewhere, are here
Without --disk and --logs only hashing is measured. Peers: openssl, sleuthkit, sqlite3, DuckDB, plaso. Python 3, Linux.
"""
import argparse
import fileinput
import itertools
import os
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def tree(pid):
    """The process and all below it."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as f:
                    found += map(int, f.read().split())
        except OSError:
            pass
    return found


def pss_kib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def once(command, environment):
    """Wall seconds, CPU seconds and peak MiB of one run, which must end well."""
    began = time.monotonic()
    process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env={**os.environ, **environment})
    peak, done = [0], threading.Event()

    def watch():
        while not done.wait(0.05):
            peak[0] = max(peak[0], sum(map(pss_kib, tree(process.pid))))

    said = []
    threads = [threading.Thread(target=watch), threading.Thread(target=lambda: said.append(process.stderr.read()))]
    for thread in threads:
        thread.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    done.set()
    for thread in threads:
        thread.join()
    if status:
        sys.exit(f"{command}: status {status}: {b''.join(said)[-500:].decode(errors='replace')}")
    return wall, used.ru_utime + used.ru_stime, max(peak[0], used.ru_maxrss) / 1024


class Work:
    def __init__(self, options):
        self.folder, self.runs = os.path.abspath(options.work), options.runs
        self.casebook = os.path.abspath(options.casebook)
        self.case = os.path.join(self.folder, "bench.casebook")
        self.environment = {"CASEBOOK_STATE": os.path.join(self.folder, "bench-state")}

    def clean(self):
        for name in os.listdir(self.folder):
            if name.startswith("bench.") or name == "bench-state":
                path = os.path.join(self.folder, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

    def add(self, evidence):
        return f"'{self.casebook}' new '{self.case}' && '{self.casebook}' add '{self.case}' '{evidence}' --json"

    def compare(self, title, sides):
        """Runs all sides in turn, prints a line for each, and returns the best (wall, CPU, MiB) by name."""
        results = {name: [] for name in sides}
        for _ in range(self.runs):
            for name, command in sides.items():
                self.clean()
                results[name].append(once(command, self.environment))
        best = {name: tuple(map(min, zip(*runs))) for name, runs in results.items()}
        print(f"\n{title} (best of {self.runs}; load {os.getloadavg()[0]:.1f})")
        ours = next(iter(best))
        for name, (wall, cpu, mib) in best.items():
            ratio = "" if name == ours else f"   CPU {best[ours][1] / cpu:5.2f} of it, wall {best[ours][0] / wall:5.2f} of it"
            print(f"  {name:34} {wall:8.2f} s wall {cpu:8.2f} s CPU {mib:6.0f} MiB{ratio}", flush=True)
        self.clean()
        return best


def warm(path):
    with open(path, "rb") as f:
        while f.read(1 << 22):
            pass


def hashing(work, mib):
    path = os.path.join(work.folder, "hash.raw")
    with open(path, "wb") as f:
        key = ["openssl", "enc", "-aes-128-ctr", "-K", "00" * 16, "-iv", "00" * 16, "-nosalt", "-in", "/dev/zero"]
        made = subprocess.Popen(key, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(mib):
            f.write(made.stdout.read(1 << 20))
        made.kill()
    warm(path)
    sides = {"casebook new, add": work.add(path)}
    sides |= {f"openssl dgst -{h}": f"openssl dgst -{h} '{path}'" for h in ("md5", "sha1", "sha256")}
    best = work.compare(f"hashing: {mib} MiB that no format claims; MD5, SHA-1, SHA-256, block tree, case and seal", sides)
    slowest = max(wall for name, (wall, _, _) in best.items() if name.startswith("openssl"))
    alone = sum(cpu for name, (_, cpu, _) in best.items() if name.startswith("openssl"))
    ours = best["casebook new, add"]
    print(f"  speed: {slowest / ours[0]:.2f} of the slowest single hash alone (goal 0.9); CPU {ours[1] / alone:.2f} of the three hashes")
    os.remove(path)


def disk(work, image):
    warm(image)
    base = os.path.join(work.folder, "bench.peer")
    columns = "md5,name,inode,mode,uid,gid,size int,at int,mt int,ct int,bt int"
    into = f"'create table b({columns})' '.mode ascii' '.separator | \"\\n\"' '.import {base}.txt b'"
    work.compare(f"NTFS: {os.path.basename(image)}, with events, hashes and ledger against bare listings", {
        "casebook new, add": work.add(image),
        "tsk_loaddb -k": f"tsk_loaddb -k -d '{base}.db' '{image}'",
        "fls -r -m, sqlite3 .import": f"fls -r -m / '{image}' > '{base}.txt'; sqlite3 '{base}.sqlite' {into}",
    })


# The fastest way DuckDB has to read this format: as text with spaces between. It keeps the file's name and nothing
# else of where a row came from, and passes over lines that do not fit.
DUCKDB = """
import duckdb, sys
db = duckdb.connect(sys.argv[1])
db.execute("SET threads = 2; SET TimeZone = 'UTC'")
columns = {name: "VARCHAR" for name in ["ip", "ident", "actor", "day", "zone", "request", "status", "size", "referrer", "agent"]}
rows = db.read_csv(sys.argv[2] + "/**/*.log", sep=" ", quotechar='"', escapechar="", header=False, columns=columns, filename=True,
                   auto_detect=False, ignore_errors=True, strict_mode=False)
db.execute('''CREATE TABLE event AS SELECT strptime(day || ' ' || zone, '[%d/%b/%Y:%H:%M:%S %z]') AS at, ip, actor,
    split_part(request, ' ', 1) AS method, split_part(request, ' ', 2) AS target, try_cast(status AS SMALLINT) AS status,
    try_cast(size AS INTEGER) AS size, referrer, agent, filename FROM rows''')
db.execute("CHECKPOINT")
print(db.execute("SELECT count(*) FROM event").fetchone()[0])
"""
PLASO_LINES = 20_000


FLOOR = "bare pipeline into SQLite, 3 indexes"
# CPU microseconds a line that the floor took, at ten million lines, where the goal of 5 was set.
FLOOR_AT_GOAL = 4.24


def logs(work, archives, duckdb, plaso, floor):
    memory = []
    for archive, lines in archives:
        warm(archive)
        base = os.path.join(work.folder, "bench.peer")
        plain = os.path.join(work.folder, "plain")
        sides = {"casebook new, add": work.add(archive)}
        if duckdb or plaso:
            shutil.rmtree(plain, ignore_errors=True)
            subprocess.run(["unzip", "-q", archive, "-d", plain], check=True)
        if duckdb:
            script = os.path.join(work.folder, "duckdb-peer.py")
            with open(script, "w", encoding="ascii") as f:
                f.write(DUCKDB)
            sides["DuckDB read_csv, unpacked before"] = f"'{duckdb}' '{script}' '{base}.duckdb' '{plain}'"
        else:
            table = "'create table l(line)' '.mode ascii' '.separator \"\\037\" \"\\n\"' '.import /dev/stdin l'"
            sides["unzip, sqlite3 .import, lines only"] = f"unzip -p '{archive}' | sqlite3 '{base}.db' {table}"
        if floor:
            sides[FLOOR] = f"'{floor}' pipe '{archive}' '{base}.floor' dict && '{floor}' index '{base}.floor' 256"
        best = work.compare(f"logs: {os.path.basename(archive)}, {lines} lines", sides)
        wall, cpu, mib = best["casebook new, add"]
        memory.append(mib)
        print(f"  {cpu / lines * 1e6:.2f} CPU microseconds a line (goals 10 and 5), {lines / wall:,.0f} lines a second")
        if floor:
            ratio = cpu / best[FLOOR][1]
            print(f"  {ratio:.2f} of the CPU of the bare pipeline (goal {5 / FLOOR_AT_GOAL:.2f}); that is {ratio * FLOOR_AT_GOAL:.2f} microseconds where it takes {FLOOR_AT_GOAL}")
        if duckdb:
            peer = best["DuckDB read_csv, unpacked before"][1]
            print(f"  DuckDB: {peer / lines * 1e6:.2f}; speed by CPU {peer / cpu:.2f} of DuckDB's (goal 0.3)")
        if plaso:
            head = os.path.join(work.folder, "head.log")
            files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(plain) for name in names)
            with fileinput.input(files, mode="rb") as all_lines, open(head, "wb") as f:
                f.writelines(itertools.islice(all_lines, PLASO_LINES))
            command = f"'{plaso}' --unattended --quiet --status_view none --parsers text/apache_access --logfile '{base}.gz' --storage_file '{base}.plaso' '{head}'"
            each = work.compare(f"logs: {PLASO_LINES} lines by plaso", {"log2timeline": command})["log2timeline"][1] / PLASO_LINES
            print(f"  plaso: {each * 1e6:.0f} CPU microseconds a line: {each / (cpu / lines):.0f} times ours (goal 200)")
        shutil.rmtree(plain, ignore_errors=True)
    for before, after in zip(memory, memory[1:]):
        print(f"  memory: {after / before:.2f} times that of the smaller archive (goal 1.2)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work")
    parser.add_argument("--casebook", default=os.path.join(HERE, "../target/release/casebook"))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--hash-mib", type=int, default=1024)
    parser.add_argument("--disk")
    parser.add_argument("--logs", action="append", default=[])
    parser.add_argument("--duckdb")
    parser.add_argument("--plaso")
    parser.add_argument("--floor")
    options = parser.parse_args()
    if not os.path.isfile(options.casebook):
        sys.exit(f"{options.casebook} is not there; build it first: cargo build --release -p casebook")
    os.makedirs(options.work, exist_ok=True)
    work = Work(options)
    if options.hash_mib:
        hashing(work, options.hash_mib)
    if options.disk:
        disk(work, options.disk)
    if options.logs:
        archives = [(a.rsplit(":", 1)[0], int(a.rsplit(":", 1)[1])) for a in options.logs]
        logs(work, archives, options.duckdb, options.plaso, options.floor)


if __name__ == "__main__":
    main()
