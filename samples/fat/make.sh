#!/bin/bash
# Makes the FAT and exFAT samples with known live and deleted files, and their ground truth.
# Needs root (loop devices), dosfstools, mtools, exfatprogs, exfat-fuse, sleuthkit, zstd, python3.
# The images hold the times of the day they were made, so a new run gives other bytes and a new
# truth; names, contents and states stay the same.
set -euo pipefail
cd "$(dirname "$0")"
export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null TZ=UTC
W=$(mktemp -d); trap 'umount "$W/mnt" 2>/dev/null || true; rm -rf "$W"' EXIT
mkdir "$W/in" "$W/mnt"

# content NAME SIZE: bytes that follow from the name alone
content() {
  python3 - "$1" "$2" <<'P'
import sys, hashlib
name, size = sys.argv[1], int(sys.argv[2])
out, i = f"SAMPLE {name}\n".encode(), 0
while len(out) < size:
    out += hashlib.sha256(f"{name}:{i}".encode()).digest(); i += 1
sys.stdout.buffer.write(out[:size])
P
}
# put IMAGE PATH SIZE: writes one file with mtools
put() { content "$2" "$3" > "$W/in/f"; touch -d '2024-03-04 05:06:08' "$W/in/f"; mcopy -m -i "$1" "$W/in/f" "::/$2"; }

# What all FAT images hold. UNIT is the cluster size.
fill_fat() {
  local i=$1 unit=$2
  mmd -i "$i" ::/Docs "::/Docs/A long directory name" ::/Gone ::/Gone/Deeper
  put "$i" README.TXT 100
  put "$i" "Docs/A long directory name/Ünïcode 문서 – naïve.txt" 700
  put "$i" "Docs/empty.txt" 0
  put "$i" "Docs/kept first.bin" $((unit * 2))
  put "$i" "Docs/to be deleted.bin" $((unit * 3 + 17))
  put "$i" "Docs/kept second.bin" $((unit + 1))
  put "$i" "Docs/SHORT.DEL" 40
  put "$i" "Docs/another quite long name that takes several slots.deleted.docx" $((unit * 2))
  put "$i" "Gone/inside one.txt" $((unit + 5))
  put "$i" "Gone/inside two.txt" 60
  put "$i" "Gone/Deeper/deepest file.txt" 90
  put "$i" "Docs/moved away.dat" $((unit * 2 - 3))
  put "$i" "Docs/hole one.tmp" "$unit"
  put "$i" "Docs/between.txt" 30
  put "$i" "Docs/hole two.tmp" "$unit"
  put "$i" "Docs/after.txt" 30
  put "$i" "Docs/partly.bin" $((unit * 4))
  mdel -i "$i" "::/Docs/to be deleted.bin" ::/Docs/SHORT.DEL
  mdel -i "$i" "::/Docs/another quite long name that takes several slots.deleted.docx"
  mmove -i "$i" "::/Docs/moved away.dat" "::/Docs/A long directory name/"
  mdel -i "$i" "::/Docs/hole one.tmp" "::/Docs/hole two.tmp"
  mdeltree -i "$i" ::/Gone
}

# fat12: a floppy
F=$W/fat12.raw; truncate -s 1440K "$F"; mkfs.vfat -F 12 -n FLOPPY12 -i 12121212 "$F" > /dev/null
fill_fat "$F" 512
# fat16: clusters of 2 KiB
F=$W/fat16.raw; truncate -s 12M "$F"; mkfs.vfat -F 16 -s 4 -S 512 -n STICK16 -i 16161616 "$F" > /dev/null
fill_fat "$F" 2048
# fat32: the smallest of its kind, clusters of 512 bytes
F=$W/fat32.raw; truncate -s 34M "$F"; mkfs.vfat -F 32 -s 1 -n STICK32 -i 32323232 "$F" > /dev/null
fill_fat "$F" 512
# A directory of several clusters, and one whose own entry is written over: an orphan.
mmd -i "$F" ::/Many ::/Lost
for n in $(seq -w 1 60); do put "$F" "Many/file number $n.txt" 20; done
put "$F" "Lost/orphan file.txt" 600; put "$F" Lost/ORPHAN.2 33
mdeltree -i "$F" ::/Many ::/Lost
put "$F" "Taken" 10; put "$F" "takes the slot.txt" 10

# exfat: clusters of 4 KiB, written by a FUSE driver, whose files are all contiguous
F=$W/exfat.raw; truncate -s 8M "$F"; mkfs.exfat -c 4096 -L STICKEX "$F" > /dev/null
L=$(losetup --show -f "$F"); mount.exfat-fuse "$L" "$W/mnt" > /dev/null
( cd "$W/mnt"; mkdir -p Docs Gone/Deeper Many
  content one 100 > README.TXT; content two 700 > "Docs/Ünïcode 문서 – naïve 😀.txt"; : > Docs/empty.txt
  content three 9000 > "Docs/to be deleted.bin"; content four 4097 > "Docs/kept second.bin"
  content five 8192 > "Docs/another quite long name that takes several entries of its set.deleted.docx"
  content six 5000 > "Gone/inside one.txt"; content seven 60 > "Gone/Deeper/deepest file.txt"
  content eight 6000 > "Docs/moved away.dat"; content nine 4096 > "Docs/hole one.tmp"; content ten 30 > Docs/between.txt
  for n in $(seq -w 1 60); do content "$n" 20 > "Many/file number $n.txt"; done
  sync; rm "Docs/to be deleted.bin" Docs/another*; mv "Docs/moved away.dat" Gone2.dat; rm "Docs/hole one.tmp"; rm -r Gone Many; sync )
umount "$W/mnt"; for _ in $(seq 50); do losetup -d "$L" 2>/dev/null && break; sleep 0.1; done; sleep 1

python3 damage.py "$W"
for f in "$W"/*.raw; do
  n=$(basename "$f" .raw); zstd -q -19 --long=27 -f "$f" -o "$n.raw.zst"
  case $n in *-*) ;; *) python3 truth.py "$f" > "$n.tsv" ;; esac
done
sha256sum ./*.raw.zst | sed 's# \./# #' > SHA256SUMS
ls -l
