#!/usr/bin/env python3
"""Prints outside.tsv: what The Sleuth Kit's fls and icat give for images of other projects.

usage: outside.py EVIDENCE-FOLDER > outside.tsv
"""
import hashlib, lzma, os, re, subprocess, sys, tempfile

IMAGES = ["ext2.raw.xz", "ext4.raw.xz", "ext4_with_binaries.dd.xz", "syslog_image.dd", "ímynd.dd"]
ROW = re.compile(r"(\S)/(\S) (\* )?(\d+)(\(realloc\))?:\t(.*)")


def main():
    print("evidence\tstate\ttype\tinode\tsize\tmd5\tpath")
    for name in IMAGES:
        path = os.path.join(sys.argv[1], "images/ext", name)
        with tempfile.NamedTemporaryFile() as raw:
            data = open(path, "rb").read()
            raw.write(lzma.decompress(data) if name.endswith(".xz") else data)
            raw.flush()
            for line in subprocess.run(["fls", "-r", "-p", raw.name], capture_output=True, text=True).stdout.splitlines():
                of_name, of_inode, deleted, inode, _, path = ROW.match(line).groups()
                if of_inode == "V":
                    continue
                size = md5 = "-"
                if of_inode in "rl" and inode != "0":
                    content = subprocess.run(["icat", raw.name, inode], capture_output=True).stdout
                    size, md5 = len(content), hashlib.md5(content).hexdigest()
                kind = of_name if of_name != "-" else of_inode
                state = "deleted" if deleted else "live"
                print("images/ext/" + name, state, kind, inode, size, md5, path, sep="\t")


main()
