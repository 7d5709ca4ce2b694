#!/usr/bin/env python3
"""Makes the sample case again: laptop.E01, usb-stick.dd, gateway-logs.zip, truth.json, SHA256SUMS.

Root, /dev/fuse and loop devices; mkntfs and ntfs-3g, exfatprogs and exfat-fuse, ewf-tools,
faketime, The Sleuth Kit. `make.py --compare` writes nothing: it says whether this machine gets
the same bytes. The media of both images, the archive and the truth come out the same each time.
The E01 is compared by its media: its sections hold the version of the tool that wrote it.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import gateway
import laptop
import truth
import usb

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["gateway-logs.zip", "laptop.E01", "truth.json", "usb-stick.dd"]
ACQUIRED = "2026-06-15 02:20:00"


def acquire(image, target):
    """The disk into an E01, with the statements an examiner would make."""
    subprocess.run(["faketime", "-f", ACQUIRED, "ewfacquire", "-u", "-q", "-c", "best", "-f", "encase6", "-d", "sha1", "-m", "fixed", "-M", "physical",
                    "-C", "CB-2026-014", "-E", "1", "-D", "Laptop of user daon", "-e", "Examiner A1", "-N", "Invented evidence of the Casebook sample",
                    "-t", target, image], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"})


def make(out):
    with tempfile.TemporaryDirectory() as work:
        disk, written = laptop.make(work)
        raw = os.path.join(work, "laptop.raw")
        with open(raw, "wb") as f:
            f.write(disk)
        acquire(raw, os.path.join(out, "laptop"))
        stick = os.path.join(out, "usb-stick.dd")
        with open(stick, "wb") as f:
            f.write(usb.make(work))
        logs = os.path.join(out, "gateway-logs.zip")
        counts, served = truth.gateway(logs, gateway.write(logs))
        facts = {
            "about": "Ground truth of the sample case; everything in it is invented. Made by make.py.",
            "laptop": {"container": "laptop.E01", "media_bytes": len(disk), "media_md5": hashlib.md5(disk).hexdigest(),
                       "media_sha1": hashlib.sha1(disk).hexdigest(), "media_sha256": hashlib.sha256(disk).hexdigest(),
                       "partition_offset": laptop.PARTITION_AT, **truth.laptop(written, raw)},
            "usb": {"image": "usb-stick.dd", "volume_serial": "%04X-%04X" % (usb.SERIAL >> 16, usb.SERIAL & 0xFFFF), **truth.stick(stick)},
            "gateway": {"archive": "gateway-logs.zip", **counts},
            "saved": truth.saved(served),
        }
    with open(os.path.join(out, "truth.json"), "w", encoding="utf-8") as f:
        json.dump(facts, f, ensure_ascii=False, indent=1, sort_keys=True)
        f.write("\n")


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def media(path):
    return hashlib.sha256(subprocess.run(["ewfexport", "-u", "-q", "-f", "raw", "-t", "-", path], check=True, capture_output=True).stdout).hexdigest()


def compare():
    with tempfile.TemporaryDirectory() as out:
        make(out)
        same = True
        for name in NAMES:
            here, there = os.path.join(HERE, name), os.path.join(out, name)
            equal = sha256(here) == sha256(there)
            if not equal and name.endswith(".E01"):
                equal = media(here) == media(there)
                print(name, "media equal, container differs" if equal else "media differ")
            else:
                print(name, "equal" if equal else "differs")
            same = same and equal
    return 0 if same else 1


if __name__ == "__main__":
    if "--compare" in sys.argv[1:]:
        sys.exit(compare())
    target = os.path.join(HERE, "laptop.E01")
    if os.path.exists(target):
        os.remove(target)
    make(HERE)
    with open(os.path.join(HERE, "SHA256SUMS"), "w") as f:
        for name in NAMES:
            f.write("%s  %s\n" % (sha256(os.path.join(HERE, name)), name))
