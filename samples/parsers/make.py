#!/usr/bin/env python3
"""Makes the parser samples of this folder and their ground truth.

    python3 make.py            everything but the $MFT
    sudo python3 make.py mft   the $MFT too (needs mkntfs, ntfs-3g, fusermount, The Sleuth Kit)

Python's standard library only. The first form writes the same bytes each time; a $MFT holds the
times of its making. Every name, person, address and key is invented.
"""
import calendar, gzip, json, os, random, re, struct, subprocess, sys, tempfile, time
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, data):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if path.endswith(".gz"):
        data = gzip.compress(data, 9, mtime=0)
    with open(path, "wb") as f:
        f.write(data)


def filetime(text, extra=0):
    """FILETIME of an ISO time, plus units of 100 ns."""
    t = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return (t - datetime(1601, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1) * 10 + extra


# --- recycle bin ------------------------------------------------------------------------------

def recycle_bin():
    bin_ = "recycle_bin/$Recycle.Bin/S-1-5-21-1004336348-1177238915-682003330-1001/"

    def v2(size, when, path):
        text = (path + "\0").encode("utf-16-le", "surrogatepass")
        return struct.pack("<QQQI", 2, size, when, len(text) // 2) + text

    def v1(size, when, path):
        text = path.encode("utf-16-le")
        return struct.pack("<QQQ", 1, size, when) + text + bytes(520 - len(text))

    export = b"customer_id,name\n10000001,Han Gaeul\n"
    write(bin_ + "$IA1B2C3.csv", v2(len(export), filetime("2025-11-03T04:05:06.789012", 3), "C:\\Users\\dev\\Documents\\export-0042.csv"))
    write(bin_ + "$RA1B2C3.csv", export)
    write(bin_ + "$IK9Q4ZT.xlsx", v2(70_000, filetime("2025-11-08T14:07:01"), "D:\\\uace0\uac1d \uba85\ub2e8\\\ud83d\ude00 \uc815\ub9ac.xlsx"))
    write(bin_ + "$IV1SAMP.zip", v1(724_919, filetime("2012-03-12T20:49:58.633"), "C:\\Users\\dev\\StarMap.zip"))
    write(bin_ + "$ILONESU.txt", v2(1, filetime("2025-01-01T00:00:00"), "C:\\bad\ud800name.txt"))
    write(bin_ + "$ICUTOFF.log", v2(9, filetime("2025-01-02T00:00:00"), "C:\\Users\\dev\\a long path that is cut.log")[:60])
    write(bin_ + "$INOTIME.bin", v2(9, 0, "C:\\x.bin"))
    write(bin_ + "$IWEIRD1.bin", struct.pack("<QQQ", 7, 1, 1))


# --- change journal ---------------------------------------------------------------------------

def usn(version, usn_, record, parent, when, reasons, name, source=0, attributes=0x20):
    text = name.encode("utf-16-le")
    ref = lambda r: struct.pack("<Q", r) if version == 2 else struct.pack("<QQ", r & (1 << 64) - 1, r >> 64)
    header = 60 if version == 2 else 76
    length = (header + len(text) + 7) // 8 * 8
    out = struct.pack("<IHH", length, version, 0) + ref(record) + ref(parent)
    out += struct.pack("<QQIIIIHH", usn_, when, reasons, source, 0, attributes, len(text), header) + text
    return out + bytes(length - len(out))


def usn_journal():
    out = bytearray(72 * 1024)                                  # the hole at the beginning
    when = filetime("2025-11-08T14:00:00.000001", 7)
    ref = lambda record, sequence: sequence << 48 | record
    steps = [
        (0x100, "export-0042.csv"), (0x102, "export-0042.csv"), (0x80000102, "export-0042.csv"),
        (0x1000, "export-0042.csv"), (0x2000, "$RA1B2C3.csv"), (0x80002000, "$RA1B2C3.csv"),
        (0x8000, "$RA1B2C3.csv"), (0x80000200, "$RA1B2C3.csv"),
        (0x01000000 | 0x04000000, "\uace0\uac1d.txt"),         # one flag without a name
    ]
    rows = []

    def add(version, record, parent, reasons, name, **more):
        nonlocal when
        rows.append((version, len(out), record, parent, when, reasons, name))
        out.extend(usn(version, len(out), record, parent, when, reasons, name, **more))
        when += 10_000_000

    for reasons, name in steps:
        add(2, ref(4711, 3), ref(99, 2), reasons, name)
    out.extend(bytes(-len(out) % 4096))                         # records end with their page
    for reasons, name in steps[:3]:
        add(3, ref(815, 1), ref(99, 2), reasons, name, source=2)
    add(3, 5 << 64 | 1, 7 << 64 | 2, 0x100, "refs.bin")
    out.extend(struct.pack("<IHH", 80, 4, 0) + struct.pack("<QQQQ", ref(815, 1), 0, ref(99, 2), 0)
               + struct.pack("<QIIIHH", len(out), 0x80000002, 0, 0, 1, 16) + struct.pack("<QQ", 0, 4096))
    out.extend(b"garbage that overwrote records, not a multiple of eight"[:51] + bytes(5))
    add(2, ref(4712, 1), ref(5, 5), 0x100, "after.txt")
    out.extend(usn(2, len(out), ref(4713, 1), ref(5, 5), when, 0x100, "cut.txt")[:40])
    write("usn_journal/UsnJrnl-J.bin.gz", bytes(out))
    lines = ["version\toffset\trecord\tparent\tfiletime\treasons\tname"]
    lines += ["%d\t%d\t%d\t%d\t%d\t%d\t%s" % r for r in rows]
    write("usn_journal/truth.tsv", ("\n".join(lines) + "\n").encode())


# --- web access logs --------------------------------------------------------------------------

LINE = re.compile(
    rb'^(?:(?P<vhost>\S+) )??(?P<host>\S+) (?P<ident>\S+) (?P<user>[^\[ ]+) \[(?P<time>[^\]]+)\] '
    rb'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    rb'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?(?P<rest> .*)?$')


def truth_of(log):
    """Fields of plain lines by Python's regular expressions and strptime."""
    out = ["line\taddress\tuser\tepoch\tmethod\ttarget\tstatus\tbytes\tagent"]
    for n, line in enumerate(log.split(b"\n")):
        m = LINE.match(line.rstrip(b"\r"))
        if not m:
            continue
        try:
            epoch = int(datetime.strptime(m["time"].decode(), "%d/%b/%Y:%H:%M:%S %z").timestamp())
        except ValueError:
            continue
        parts = m["request"].split(b" ")
        if len(parts) != 3:
            continue
        shown = lambda b: (b or b"-").decode("ascii", "backslashreplace")
        out.append("\t".join(map(str, (n, shown(m["host"]), shown(m["user"]), epoch, shown(parts[0]), shown(parts[1]),
                                       shown(m["status"]), shown(m["bytes"]), shown(m["agent"])))))
    return ("\n".join(out) + "\n").encode()


def web_access_log():
    agent = b'"Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"'
    stamp = lambda n, zone=b"+0000": time.strftime("%d/%b/%Y:%H:%M:%S ", time.gmtime(1762000000 + n * 61)).encode() + zone
    common, combined, vhost, nginx = [], [], [], []
    for n in range(24):
        head = b'192.0.2.%d - %s [%s] "GET /item/%d?page=%d HTTP/1.1" %d %s' % (
            n + 1, b"-" if n % 3 else b"dev", stamp(n, [b"+0000", b"+0900", b"-0330"][n % 3]), n, n % 4,
            [200, 304, 404][n % 3], b"-" if n % 3 == 1 else b"%d" % (n * 97))
        common.append(head)
        combined.append(head + b' "-" ' + agent)
        vhost.append(b"shop.example:443 " + head + b' "https://shop.example/" ' + agent)
        nginx.append(head + b' "-" ' + agent + b' "203.0.113.%d" 0.0%02d "10.0.0.1:8080"' % (n, n))
    write("web_access_log/common.log", b"\n".join(common) + b"\n")
    write("web_access_log/combined.log", b"\r\n".join(combined))          # CRLF, no end of the last line
    write("web_access_log/vhost_combined.log", b"\n".join(vhost) + b"\n")
    write("web_access_log/nginx.log", b"\n".join(nginx) + b"\n")
    t = stamp(100)
    hostile = combined[:18] + [
        b'2001:db8::7 - - [%s] "GET / HTTP/2.0" 200 5 "-" "-"' % t,
        b'192.0.2.9 - Dev [old] Account [%s] "GET / HTTP/1.1" 200 5 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "-" 408 - "-" "-"' % t,
        b'192.0.2.9 - - [%s] "" 400 0 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "\x16\x03\x01" 400 157 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "GET /a b c HTTP/1.1" 200 5 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "GET /q?t=<script>alert("x")</script> HTTP/1.1" 404 5 "-" "=cmd("x")"' % t,
        b'192.0.2.9 - - [%s] "GET /esc HTTP/1.1" 200 5 "-" "a \\"quoted\\" agent"' % t,
        b'192.0.2.9 - - [%s] "GET /\xff\xfe HTTP/1.1" 200 5 "-" "\xc0\xaf"' % t,
        b'192.0.2.9 - - [30/Feb/2025:25:61:61 +9999] "GET / HTTP/1.1" 200 5 "-" "-"',
        b'192.0.2.9 - - [%s] "GET / HTTP/1.1" 200 99999999999999999999 "-" "-"' % t,
        b'192.0.2.9 - - [%s] "GET / HTTP/1.1" 200 -1 "-" "-"' % t,
        b"",
        b"   ",
        b'192.0.2.9 - - [%s] "GET /v1/cust' % t,
        b'192.0.2.9 - - [%s] "GET / HTTP/1.1" 200 5 "-" "Mozi' % t,
        b'192.0.2.9 - - [02/Nov/20',
        b"2025-11-02 health checker: upstream pool ok (3)",
        b"no end of line",
    ]
    write("web_access_log/hostile.log", b"\n".join(hostile))
    for name, log in (("common", b"\n".join(common)), ("combined", b"\n".join(combined)), ("vhost_combined", b"\n".join(vhost)),
                      ("nginx", b"\n".join(nginx))):
        write("web_access_log/truth/%s.tsv" % name, truth_of(log))


def json_lines_log():
    lines = []
    for n in range(20):
        lines.append(json.dumps({
            "time": ["2025-11-02T00:00:%02dZ" % n, 1762041600 + n, (1762041600 + n) * 1000, "2025-11-02T09:00:%02d.123456789+09:00" % n][n % 4],
            "remote_addr": "192.0.2.%d" % n, "request": "GET /item/%d HTTP/1.1" % n, "status": [200, "404"][n % 2],
            "body_bytes_sent": n * 11, "http_user_agent": 'a "quoted" \u00e9\u20ac\U0001f600', "request_id": "%08x" % n}, ensure_ascii=n % 2 == 0).encode())
    lines += [
        b'{"time":"2025-11-02T00:01:00Z","http":{"request":{"method":"GET"},"response":{"status_code":200,"bytes":7}},"url":{"original":"/nested"},"client":{"ip":"192.0.2.77"}}',
        b'{"time":"2025-11-02T00:01:01Z","method":"GET","path":"/one","path":"/two","status":200}',
        b'{"p\\u0061th":"/escaped\\/name\\u0000\\ud800","method":"GET","time":null}',
        b'{"path":"/raw\xff","method":"GET"}',
        b'\xef\xbb\xbf{"path":"/mark","method":"GET","ts":"2025-11-02T00:01:02+14:00"}',
        b'{"path":"/big","bytes":99999999999999999999,"status":70000,"ts":1e400}',
        b'{"level":"info","msg":"started"}',
        b'{"path":"/cut","method":"GE',
        b'{"path":"/deep","x":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"path":"/tail"} {"path":"/second"}',
        b"[1,2,3]", b"plain text", b"",
    ]
    write("json_lines_log/requests.jsonl", b"\n".join(lines) + b"\n")


# --- a gateway's logs with an attacker in them ----------------------------------------------------

KINDS = {"profile": ["email", "name"], "addresses": ["delivery_address", "name", "phone"],
         "entrance": ["entrance_code"], "orders": ["order_items"]}
TAIL = {"profile": "profile", "addresses": "addresses", "entrance": "addresses/1/entrance", "orders": "orders?limit=5"}


def gateway(shape):
    rng = random.Random(11)
    key = "SKTRAINING2SAMPLE3KY"
    keys = [key] + ["SKAAAABBBBCCCCDDDD%s" % x for x in ("22", "33", "44")]
    attacker = ["203.0.113.41", "198.51.100.9"]
    accounts, by_endpoint, statuses = set(), {k: set() for k in KINDS}, {}
    with_key = without_key = malformed = foreign = written = 0
    files = {}
    start = calendar.timegm((2025, 6, 24, 0, 0, 0))
    for node in (1, 2):
        for day in range(3):
            out = []
            for n in range(60):
                t = start + day * 86400 + n * 1430 + node
                evil = n % 4 == 0
                kind = rng.choice(list(KINDS))
                customer = 10_000_000 + rng.randint(0, 60)
                path = "/v1/customers/%d/%s" % (customer, TAIL[kind])
                status = rng.choice([200] * 9 + [404, 429])
                address, used = "192.0.2.%d" % rng.randint(2, 99), rng.choice([None, *keys[1:]])
                if evil:
                    address, used = rng.choice(attacker), key
                    if n == 40:
                        used, path, status = None, "/healthz", 200
                        without_key += 1
                    else:
                        with_key += 1
                        if status == 200:
                            accounts.add(customer)
                            by_endpoint[kind].add(customer)
                elif n % 4 == 1:
                    path = "/v1/products/%d" % n
                elif n == 2:
                    address, used = "10.20.7.11", key              # legitimate use of the key
                statuses[str(status)] = statuses.get(str(status), 0) + 1
                size, ms, agent = rng.randint(180, 5000), rng.randint(2, 900), rng.choice(["okhttp/4.12.0", "Go-http-client/1.1"])
                if shape == "jsonl":
                    line = json.dumps({"ts": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + ".%03dZ" % ms, "node": "gw-%02d" % node,
                                       "req_id": "%016x" % (t * 31), "client_ip": address, "key_id": used, "method": "GET", "path": path,
                                       "status": status, "bytes": size, "dur_ms": ms, "ua": agent}, separators=(",", ":"))
                else:
                    local, zone = (t + 9 * 3600, "+0900") if node == 2 else (t, "+0000")
                    line = '%s - %s [%s %s] "GET %s HTTP/1.1" %d %d "-" "%s"' % (
                        address, used or "-", time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(local)), zone, path, status, size, agent)
                out.append(line)
                written += 1
                if n == 17:
                    out.append(line[:len(line) // 3])
                    malformed += 1
                if n == 33 and day == 1:
                    out.append("2025-06-25 health checker: upstream pool ok (%d)" % n)
                    foreign += 1
            data = ("\n".join(out) + "\n").encode()
            if node == 1 and day == 1:
                data = data.replace(b"\n", b"\r\n")
            if node == 1 and day == 2:
                data = data.replace(b"okhttp/4.12.0", b"okhttp/4.12.\xff")
            files["gw-%02d/access-2025-06-%02d.%s" % (node, 24 + day, "jsonl" if shape == "jsonl" else "log")] = data
    for name, data in files.items():
        write("gateway/%s/plain/%s" % (shape, name), data)
    fields = sorted({f for v in KINDS.values() for f in v})
    truth = {"format": shape, "lines": written, "malformed_lines": malformed, "foreign_lines": foreign, "empty_files": 0,
             "total_text_lines": written + malformed + foreign, "status_counts": statuses,
             "attacker": {"key_id": key, "addresses": attacker, "requests_with_key": with_key, "requests_without_key": without_key,
                          "distinct_accounts": len(accounts),
                          "distinct_accounts_by_endpoint": {k: len(v) for k, v in by_endpoint.items()},
                          "distinct_accounts_by_field": {f: len(set().union(*(by_endpoint[k] for k in KINDS if f in KINDS[k]))) for f in fields}}}
    write("gateway/%s/truth.json" % shape, (json.dumps(truth, indent=1, sort_keys=True) + "\n").encode())


# --- $MFT ---------------------------------------------------------------------------------------

def mft():
    run = lambda *a: subprocess.run(a, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
    with tempfile.TemporaryDirectory() as d:
        image, mount = os.path.join(d, "v.ntfs"), os.path.join(d, "m")
        os.mkdir(mount)
        with open(image, "wb") as f:
            f.truncate(4 << 20)
        run("mkntfs", "-F", "-q", "-L", "SAMPLE", "-s", "512", "-c", "4096", image)
        run("ntfs-3g", image, mount)
        try:
            p = lambda *a: os.path.join(mount, *a)
            os.makedirs(p("Users", "dev", "Documents"))
            os.makedirs(p("\uace0\uac1d", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")))
            for name, size in (("small.txt", 20), ("large.bin", 9000), ("a rather long name that needs no short one.dat", 700)):
                with open(p("Users", "dev", "Documents", name), "wb") as f:
                    f.write(b"x" * size)
            for n in range(40):                                # enough links for records that continue the first
                os.link(p("Users", "dev", "Documents", "small.txt"), p("Users", "dev", "link number %02d with a long name for its attribute" % n))
            os.utime(p("Users", "dev", "Documents", "large.bin"), ns=(1_600_000_000_123_456_700, 1_500_000_000_000_000_100))
            os.makedirs(p("gone", "deeper"))
            for n in range(3):
                with open(p("gone", "deeper", "f%d.tmp" % n), "wb") as f:
                    f.write(b"y" * 2000)
            with open(p("Users", "dev", "deleted.csv"), "wb") as f:
                f.write(b"z" * 5000)
            os.remove(p("Users", "dev", "deleted.csv"))
            for n in range(3):
                os.remove(p("gone", "deeper", "f%d.tmp" % n))
            os.rmdir(p("gone", "deeper"))
        finally:
            run("fusermount", "-u", mount)
        write("mft/$MFT.gz", run("icat", image, "0"))
        body = run("fls", "-r", "-p", "-m", "", image).decode().split("\n")
        # name, record, size, accessed, modified, changed, created; seconds
        out = ["path\trecord\tsize\taccessed\tmodified\tchanged\tcreated"]
        for line in sorted(body):
            f = line.split("|")
            if len(f) == 11 and "($FILE_NAME)" not in f[1]:
                out.append("\t".join((f[1].lstrip("/"), f[2], f[6], f[7], f[8], f[9], f[10])))
        write("mft/truth.tsv", ("\n".join(out) + "\n").encode())


if __name__ == "__main__":
    recycle_bin(); usn_journal(); web_access_log(); json_lines_log()
    gateway("combined"); gateway("jsonl")
    if "mft" in sys.argv[1:]:
        mft()
