#!/usr/bin/env python3
"""Casebook against its peers in one run: A B A B, CPU seconds of the whole process tree, ratios.

Machines are shared and noisy, so only ratios of the same run mean anything. Each figure is the
median of the rounds. Peers that are not installed are named and left out.

  benches/compare.py --binary target/release/casebook --work /tmp/bench \\
      --logs gateway-1m.zip gateway-10m.zip --image ntfs-200000.img

  hashing   importing a file of random bytes (MD5, SHA-1, SHA-256 and the block tree in one pass)
            against `openssl dgst -md5`, the slowest of the three hashes alone: wall-clock ratio,
            since the hashes run side by side, and CPU
  listing   importing an NTFS image with all its events against `tsk_loaddb -k` and
            `fls -r -m /` into `sqlite3 .import`, which give the bare listing
  logs      importing archives of access logs, ledger and indexes included: CPU microseconds a
            line, and peak memory from the first archive to the last

Python standard library only; Linux.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, threading, time


def tree_memory(pid):
    """Proportional set size of a process and its descendants, MiB."""
    children, total, todo = {}, 0, [pid]
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                children.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
        except (OSError, ValueError):
            pass
    while todo:
        p = todo.pop()
        todo += children.get(p, [])
        try:
            with open(f"/proc/{p}/smaps_rollup") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return total / 1024


def run(command, before=()):
    """Wall seconds, CPU seconds of the tree, peak MiB of the tree, standard output."""
    for path in before:
        if os.path.exists(path):
            os.unlink(path)
    start = time.monotonic()
    process = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak, stop = [0.0], threading.Event()

    def watch():
        while not stop.wait(0.2):
            peak[0] = max(peak[0], tree_memory(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    stop.set()
    watcher.join()
    if status:
        sys.exit(f"failed: {command}\n{errors[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, peak[0], output


def rounds(n, *pairs):
    """Runs each (name, command, files to remove first) in turn, n times; medians by name."""
    seen = {name: [] for name, _, _ in pairs}
    for _ in range(n):
        for name, command, before in pairs:
            seen[name].append(run(command, before))
    return {name: tuple(statistics.median(r[i] for r in runs) for i in range(3)) + (runs[-1][3],) for name, runs in seen.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default="target/release/casebook")
    p.add_argument("--work", required=True, help="a folder for what is made on the way")
    p.add_argument("--logs", nargs="*", default=[], help="archives of access logs, the smallest first")
    p.add_argument("--image", help="an NTFS image")
    p.add_argument("--hash-mib", type=int, default=1024)
    p.add_argument("-n", type=int, default=3, help="rounds")
    a = p.parse_args()
    os.makedirs(a.work, exist_ok=True)
    os.environ["CASEBOOK_STATE"] = os.path.join(a.work, "state")
    case, binary = os.path.join(a.work, "bench.casebook"), os.path.abspath(a.binary)

    def add(path):
        return f"{binary} new {case} > /dev/null && {binary} add {case} {path} --json | tail -n 1"

    random = os.path.join(a.work, "random.bin")
    if not os.path.exists(random) or os.path.getsize(random) != a.hash_mib << 20:
        zero = "00000000000000000000000000000000"
        subprocess.run(f"openssl enc -aes-128-ctr -K {zero} -iv {zero} -nosalt -in /dev/zero 2> /dev/null | head -c {a.hash_mib}M > {random}", shell=True)
    with open(random, "rb") as f:
        while f.read(1 << 20):
            pass
    r = rounds(a.n, ("casebook", add(random), [case]), ("md5", f"openssl dgst -md5 {random}", []))
    print(f"hashing {a.hash_mib} MiB: casebook {r['casebook'][0]:.2f} s wall, {r['casebook'][1]:.2f} CPU s; "
          f"openssl md5 {r['md5'][0]:.2f} s wall, {r['md5'][1]:.2f} CPU s; "
          f"speed against the slowest single hash: {r['md5'][0] / r['casebook'][0]:.2f} (goal 0.9)")

    if a.image:
        pairs = [("casebook", add(a.image), [case])]
        database, body = os.path.join(a.work, "peer.db"), os.path.join(a.work, "body.txt")
        if shutil.which("tsk_loaddb"):
            pairs.append(("tsk_loaddb", f"tsk_loaddb -k -d {database} {a.image}", [database]))
        if shutil.which("fls") and shutil.which("sqlite3"):
            columns = "md5,name,inode,mode,uid,gid,size int,at int,mt int,ct int,bt int"
            imported = f"sqlite3 {database} 'create table b({columns})' '.mode ascii' '.separator | \"\\n\"' '.import {body} b'"
            pairs.append(("fls+sqlite3", f"fls -r -m / {a.image} > {body} && {imported}", [database]))
        r = rounds(a.n, *pairs)
        done = json.loads(r["casebook"][3])
        print(f"listing {os.path.basename(a.image)}: casebook {r['casebook'][1]:.2f} CPU s for {done['files']} files and "
              f"{done['events']} events, evidence hashed, {r['casebook'][2]:.0f} MiB")
        for name, figures in r.items():
            if name != "casebook":
                print(f"  {name}: {figures[1]:.2f} CPU s; casebook takes {r['casebook'][1] / figures[1]:.2f} of that")

    peaks = []
    for archive in a.logs:
        r = rounds(1 if os.path.getsize(archive) > 100 << 20 else a.n, ("casebook", add(archive), [case]))["casebook"]
        done, size = json.loads(r[3]), os.path.getsize(case)
        peaks.append(r[2])
        print(f"logs {os.path.basename(archive)}: {done['events']} rows, {r[1] * 1e6 / done['events']:.2f} CPU us a line (goal 10), "
              f"{r[0]:.1f} s wall, {r[2]:.0f} MiB peak, {size / done['events']:.0f} bytes of case a line")
    if len(peaks) > 1:
        print(f"memory from the smallest to the largest archive: {peaks[-1] / peaks[0]:.2f} times (goal at most 1.2)")


if __name__ == "__main__":
    main()
