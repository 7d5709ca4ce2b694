#!/usr/bin/env python3
"""Makes the samples of log formats beside the web access logs, and formats.tsv, their ground truth:
which profile reads a file, how many rows it gives, how many records are unread, and of the first
row the time, the actor, the address and the object.

    python3 formats.py

Python's standard library only; the same bytes each time. Every name, account, address and key is
invented; addresses are of the ranges reserved for documentation.
"""
import csv, io, json, os, struct
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
T0 = datetime(2025, 6, 24, 7, 20, 34, 123000, tzinfo=timezone.utc)
USERS = ["mira@example.com", "jun@example.com", "svc-backup@example.com"]
ADDRESSES = ["192.0.2.10", "198.51.100.7", "203.0.113.44", "2001:db8::12"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) Example/1.0", "curl/8.5.0", "aws-cli/2.15 Python/3.11"]
PATHS = ["/", "/v1/orders/12?x=1", "/v1/orders/12/items", "/login"]
truth = []


def write(path, data):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def expect(path, profile, rows, unread, first):
    """first: (time or -, actor, address, object)"""
    truth.append((path, profile, str(rows), str(unread), *(x or "-" for x in first)))


def at(n):
    return T0 + timedelta(seconds=37 * n, milliseconds=n)


def iso(t, digits=3):
    text = t.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{t.microsecond:06d}"[: digits + 1] if digits else "") + "Z"


def epoch(t, east=0):
    """Microseconds of what a row holds; `east`: minutes that a local clock without zone is ahead."""
    return str((t - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1) + east * 60_000_000)


def second(t):
    return t.replace(microsecond=0)


# --- text -------------------------------------------------------------------------------------

def apache_error():
    lines, t = [], at(0)
    for n in range(5):
        lines.append(f"[{at(n):%a %b %d %H:%M:%S}.{at(n).microsecond:06d} {at(n):%Y}] [core:error] [pid 35708:tid 4328636416] [client {ADDRESSES[n % 3]}:{50000 + n}] AH00128: File does not exist: /srv/example/{n}.php")
    lines.append(f"[{at(5):%a %b %d %H:%M:%S %Y}] [error] [client {ADDRESSES[0]}] client denied by server configuration: /srv/example/.git")
    lines.append(f"[{at(6):%a %b %d %H:%M:%S %Y}] [notice] caught SIGTERM, shutting down")
    lines.append("sh: 1: /usr/sbin/sendmail: not found")
    write("text_log/apache_error.log", "\n".join(lines) + "\n")
    expect("text_log/apache_error.log", "apache_error", 7, 1, (epoch(t), None, ADDRESSES[0], "AH00128: File does not exist: /srv/example/0.php"))


def nginx_error():
    lines = [
        f'{at(0):%Y/%m/%d %H:%M:%S} [error] 31#31: *1 open() "/srv/x" failed (2: No such file or directory), client: {ADDRESSES[1]}, server: example.com, request: "GET /x HTTP/1.1", host: "example.com"',
        f"{at(1):%Y/%m/%d %H:%M:%S} [notice] 1#1: signal process started",
        "broken",
    ]
    write("text_log/nginx_error.log", "\n".join(lines) + "\n")
    expect("text_log/nginx_error.log", "nginx_error", 2, 1, (epoch(second(at(0))), None, ADDRESSES[1], 'open() "/srv/x" failed (2: No such file or directory)'))


def haproxy():
    lines = []
    for n in range(4):
        t = at(n)
        stamp = f"{t:%d/%b/%Y:%H:%M:%S}.{t.microsecond // 1000:03d}"
        lines.append(f'{t:%b} {t.day:2d} {t:%H:%M:%S} lb1 haproxy[14389]: {ADDRESSES[n]}:{33317 + n} [{stamp}] http-in~ static/srv{n} 10/0/30/69/109 {200 if n else 503} 2750 - - ---- 1/1/1/1/0 0/0 {{example.com|Example "1"}} {{}} "GET {PATHS[n]} HTTP/1.1"')
    lines[1] = lines[1].replace('{example.com|Example "1"} {} ', "")
    lines.append(f"{at(5):%b %d %H:%M:%S} lb1 haproxy[14389]: {ADDRESSES[0]}:4000 [{at(5):%d/%b/%Y:%H:%M:%S}.001] tcp-in db/pg1 0/0/5007 212 -- 0/0/0/0/3 0/0")
    lines.append(f"{at(6):%b %d %H:%M:%S} lb1 haproxy[14389]: Proxy http-in started.")
    # A quote among the captures ends them too early, and the line is counted.
    lines[0], lines[2], lines[3] = (l.replace('Example "1"', "Example 1") for l in (lines[0], lines[2], lines[3]))
    write("web_access_log/haproxy.log", "\n".join(lines) + "\n")
    expect("web_access_log/haproxy.log", "haproxy", 5, 1, (epoch(T0), None, ADDRESSES[0], "/"))


def syslog():
    lines = []
    for n in range(4):
        lines.append(f"<{34 + n}>{at(n):%b %d %H:%M:%S} web{n} sshd[{900 + n}]: Accepted publickey for mira from {ADDRESSES[n]} port 5{n} ssh2")
    lines[2] += "\n\tand a second line of it"
    lines.append("no line of syslog")
    write("text_log/rfc3164.log", "\n".join(lines) + "\n")
    expect("text_log/rfc3164.log", "syslog", 4, 1, (None, None, None, f"Accepted publickey for mira from {ADDRESSES[0]} port 50 ssh2"))
    lines = []
    for n in range(4):
        data = r'[origin@32473 ip="192.0.2.10" note="a \"]\" b"][x@32473]' if n % 2 else "-"
        lines.append(f"<165>1 {iso(at(n))} host{n}.example.com app {'-' if n else 4711} ID{n} {data} \ufeffuser {USERS[n % 3]} did {n}")
    lines.append(f"<165>1 {iso(at(5))} host")
    write("text_log/rfc5424.log", "\n".join(lines) + "\n")
    expect("text_log/rfc5424.log", "syslog", 4, 1, (epoch(T0), None, None, f"user {USERS[0]} did 0"))


def journal():
    out, lines = b"", []
    for n in range(4):
        fields = {"__CURSOR": f"s=abc;i={n}", "__REALTIME_TIMESTAMP": epoch(at(n)), "_UID": str(1000 + n), "_HOSTNAME": "web1", "SYSLOG_IDENTIFIER": "sudo", "_PID": "77", "PRIORITY": "5"}
        out += "".join(f"{k}={v}\n" for k, v in fields.items()).encode()
        message = f"session {n} opened" if n != 2 else "two\n\nlines = \x01"
        if n == 2:
            out += b"MESSAGE\n" + struct.pack("<Q", len(message)) + message.encode() + b"\n\n"
        else:
            out += f"MESSAGE={message}\n\n".encode()
        lines.append(json.dumps({**fields, "MESSAGE": message}))
    write("text_log/journal.export", out)
    expect("text_log/journal.export", "journald", 4, 0, (epoch(T0), "1000", None, "session 0 opened"))
    write("json_lines_log/journal.jsonl", "\n".join(lines) + "\n")
    expect("json_lines_log/journal.jsonl", "journald", 4, 0, (epoch(T0), "1000", None, "session 0 opened"))


# --- delimited --------------------------------------------------------------------------------

def w3c():
    out = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2025-06-24 07:20:34\r\n"
    out += "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
    account = "EXAMPLE\\mira"
    for n in range(3):
        stem, _, query = PATHS[n].partition("?")
        out += f"{at(n):%Y-%m-%d %H:%M:%S} 192.0.2.1 GET {stem} {query or '-'} 443 {account if n == 0 else '-'} {ADDRESSES[n]} {AGENTS[0].replace(' ', '+')} - 200 0 0 {n}\r\n"
    # The columns change in the middle, as after a change of the server's settings.
    out += "#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes\r\n"
    out += f"{at(3):%Y-%m-%d %H:%M:%S} {ADDRESSES[3]} POST /login 401 77\r\n"
    out += f"{at(4):%Y-%m-%d %H:%M:%S} {ADDRESSES[3]} POST /login\r\n"
    write("delimited_log/iis.log", out)
    expect("delimited_log/iis.log", "iis_w3c", 4, 1, (epoch(second(T0)), "EXAMPLE\\mira", ADDRESSES[0], "/"))


def cloudfront():
    names = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken"
    out = f"#Version: 1.0\n#Fields: {names}\n"
    for n in range(3):
        stem, _, query = PATHS[n].partition("?")
        out += "\t".join([f"{at(n):%Y-%m-%d}", f"{at(n):%H:%M:%S}", "ICN57-P1", str(500 + n), ADDRESSES[n], "GET", "d1.example.com", stem, "200", "-", AGENTS[0].replace(" ", "%20"), query or "-", "-", "Hit", f"req{n}==", "cdn.example.com", "https", "90", "0.001"]) + "\n"
    write("delimited_log/cloudfront.log", out)
    expect("delimited_log/cloudfront.log", "aws_cloudfront", 3, 0, (epoch(second(T0)), None, ADDRESSES[0], "/"))


def firewall():
    out = "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\n\n"
    out += f"{at(0):%Y-%m-%d %H:%M:%S} ALLOW TCP {ADDRESSES[0]} {ADDRESSES[1]} 50000 443 0 - 0 0 0 - - - SEND\n"
    out += f"{at(1):%Y-%m-%d %H:%M:%S} DROP UDP {ADDRESSES[1]} {ADDRESSES[0]} 137 137 78 - - - - - - - RECEIVE\n"
    write("delimited_log/pfirewall.log", out)
    expect("delimited_log/pfirewall.log", "windows_firewall", 2, 0, (epoch(second(T0)), None, ADDRESSES[0], f"ALLOW TCP {ADDRESSES[1]}:443"))


def elb():
    out = ""
    for n in range(4):
        head = f'https {iso(at(n), 6)} app/example/50dc6c495c0c9188 {ADDRESSES[n]}:{2817 + n} 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET https://www.example.com:443{PATHS[n]} HTTP/2.0" "{AGENTS[n % 3]}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/t/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "www.example.com" "-" 0 {iso(at(n), 6)} "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
        out += head + "\n"
    out += "https cut short\n"
    write("delimited_log/alb.log", out)
    expect("delimited_log/alb.log", "aws_alb", 4, 1, (epoch(T0), None, ADDRESSES[0], "https://www.example.com:443/"))
    out = "".join(f'{iso(at(n), 6)} example-lb {ADDRESSES[n]}:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80{PATHS[n]} HTTP/1.1" "{AGENTS[1]}" - -\n' for n in range(3))
    write("delimited_log/elb.log", out)
    expect("delimited_log/elb.log", "aws_elb", 3, 0, (epoch(T0), None, ADDRESSES[0], "http://www.example.com:80/"))


def nlb():
    out = "".join(
        f'tls 2.0 {at(n):%Y-%m-%dT%H:%M:%S} net/my-nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd {ADDRESSES[n]}:51341 198.51.100.100:443 5 2 98 {246 + n} - arn:aws:acm:us-east-2:123456789012:certificate/2a108f19 - ECDHE-RSA-AES128-SHA tlsv12 - {["www.example.com", "-", "www.example.com"][n]} h2 h2 "h2"{" " + f"{at(n):%Y-%m-%dT%H:%M:%S}" if n else ""}\n'
        for n in range(3))
    write("delimited_log/nlb.log", out)
    expect("delimited_log/nlb.log", "aws_nlb", 3, 0, (epoch(second(T0)), None, ADDRESSES[0], "www.example.com"))


def s3():
    out = ""
    for n in range(4):
        agent = AGENTS[n % 3] if n else 'Example "quoted" agent'
        out += f'79a59df900b949e55d96a1e698fbaced example-bucket [{at(n):%d/%b/%Y:%H:%M:%S} +0000] {ADDRESSES[n]} {"arn:aws:iam::123456789012:user/mira" if n else "-"} 3E57427F3EXAMPLE{n} REST.GET.OBJECT reports/2025.csv "GET /example-bucket/reports/2025.csv?versionId=1 HTTP/1.1" 200 - 2662992 3462992 70 10 "-" "{agent}" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader example-bucket.s3.us-west-1.amazonaws.com TLSv1.2 - -\n'
    write("delimited_log/s3.log", out)
    expect("delimited_log/s3.log", "aws_s3_access", 4, 0, (epoch(second(T0)), None, ADDRESSES[0], "/example-bucket/reports/2025.csv?versionId=1"))


def tables():
    rows = [[iso(at(n)), USERS[n % 3], ADDRESSES[n], "GET", PATHS[n], 200 + n, 10 * n, AGENTS[n % 3], "a, b" if n else 'says "x"\nand more'] for n in range(4)]
    names = ["Timestamp", "User", "IP", "Method", "Path", "Status", "Bytes", "User_Agent", "Message"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([names] + rows + [["broken", "row"]])
    write("delimited_log/requests.csv", "\ufeff" + text.getvalue())
    expect("delimited_log/requests.csv", "csv", 4, 1, (epoch(T0), USERS[0], ADDRESSES[0], "/"))
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([["date", "time", "account", "action", "result"]] + [[f"{at(n):%Y-%m-%d}", f"{at(n):%H:%M:%S}", USERS[n % 3], "opened the door", "ok"] for n in range(3)])
    write("delimited_log/doors.tsv", text.getvalue())
    expect("delimited_log/doors.tsv", "tsv", 3, 0, (epoch(second(T0)), USERS[0], None, "opened the door"))


def sign_in_csv():
    text = io.StringIO()
    names = ["Date (UTC)", "Request ID", "User agent", "Correlation ID", "User ID", "User", "Username", "Application", "Application ID", "Resource", "IP address", "Location", "Status", "Sign-in error code", "Failure reason", "Client app", "Browser", "Operating System"]
    rows = [[iso(at(n), 0), f"r{n}", AGENTS[0], f"c{n}", f"u{n}", "Mira Example", USERS[n % 3], "Example Portal", "app", "Graph", ADDRESSES[n], "Nowhere, ZZ", "Success" if n else "Failure", "" if n else "50126", "" if n else "Invalid user name or password", "Browser", "Example 1", "Linux"] for n in range(3)]
    csv.writer(text, lineterminator="\r\n").writerows([names] + rows)
    write("delimited_log/sign_ins.csv", "\ufeff" + text.getvalue())
    expect("delimited_log/sign_ins.csv", "azure_sign_in", 3, 0, (epoch(second(T0)), USERS[0], ADDRESSES[0], "Example Portal"))


# --- JSON -------------------------------------------------------------------------------------

def both(name, profile, records, key, first, extra=None):
    """The same records as a document, indented where its number is even, as an array, and as lines."""
    document = {**(extra or {}), key: records, "after": {"next": None}} if key else records
    write(f"json_lines_log/{name}.json", json.dumps(document, indent=2 if len(name) % 2 else None, ensure_ascii=False))
    expect(f"json_lines_log/{name}.json", profile, len(records), 0, first)
    write(f"json_lines_log/{name}.array.json", json.dumps(records, indent=1))
    expect(f"json_lines_log/{name}.array.json", profile, len(records), 0, first)
    write(f"json_lines_log/{name}.jsonl", "".join(json.dumps(r) + "\n" for r in records) + '{"cut": "of\n')
    expect(f"json_lines_log/{name}.jsonl", profile, len(records), 1, first)


def cloudtrail():
    records = [{
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::123456789012:user/mira", "accountId": "123456789012", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "mira"},
        "eventTime": iso(at(n), 0), "eventSource": ["s3.amazonaws.com", "signin.amazonaws.com", "iam.amazonaws.com"][n], "eventName": ["GetObject", "ConsoleLogin", "CreateAccessKey"][n],
        "awsRegion": "us-east-1", "sourceIPAddress": ADDRESSES[n], "userAgent": AGENTS[2], "requestParameters": {"bucketName": "example-bucket", "key": "a\"b]}.csv"} if n == 0 else None,
        "responseElements": {"ConsoleLogin": "Success"} if n == 1 else None, "resources": [{"ARN": "arn:aws:s3:::example-bucket/a.csv", "type": "AWS::S3::Object"}] if n == 0 else [],
        "eventID": f"00000000-0000-0000-0000-00000000000{n}", "readOnly": n == 0, "recipientAccountId": "123456789012", **({"errorCode": "AccessDenied", "errorMessage": "not authorized"} if n == 2 else {}),
    } for n in range(3)]
    first = (epoch(second(T0)), "arn:aws:iam::123456789012:user/mira", ADDRESSES[0], "s3.amazonaws.com GetObject")
    both("cloudtrail", "aws_cloudtrail", records, "Records", first)
    events = [{"EventId": r["eventID"], "EventName": r["eventName"], "EventTime": "2025-06-24T16:20:34+09:00", "Username": "mira", "Resources": [], "CloudTrailEvent": json.dumps(r)} for r in records]
    write("json_lines_log/lookup-events.json", json.dumps({"Events": events}, indent=4))
    expect("json_lines_log/lookup-events.json", "aws_cloudtrail", 3, 0, first)


def gcp():
    records = [{"insertId": f"a{n}", "logName": "projects/example/logs/cloudaudit.googleapis.com%2Factivity", "protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "storage.googleapis.com", "methodName": "storage.objects.get", "resourceName": f"projects/_/buckets/example/objects/{n}", "authenticationInfo": {"principalEmail": USERS[n]}, "requestMetadata": {"callerIp": ADDRESSES[n], "callerSuppliedUserAgent": AGENTS[n]}, "authorizationInfo": [{"granted": True, "permission": "storage.objects.get"}], "status": {"code": 7, "message": "denied"} if n == 2 else {}}, "resource": {"type": "gcs_bucket", "labels": {"project_id": "example"}}, "severity": "INFO", "timestamp": at(n).strftime("%Y-%m-%dT%H:%M:%S.%f") + "789Z"} for n in range(3)]
    both("gcp", "gcp_audit", records, "entries", (epoch(T0), USERS[0], ADDRESSES[0], "storage.googleapis.com storage.objects.get"))


def azure():
    records = [{"authorization": {"action": "Microsoft.Compute/virtualMachines/delete", "scope": "/subscriptions/s"}, "caller": USERS[n], "claims": {"appid": "app"}, "category": {"value": "Administrative", "localizedValue": "Administrative"}, "correlationId": f"c{n}", "eventDataId": f"e{n}", "eventName": {"value": "EndRequest"}, "httpRequest": {"clientIpAddress": ADDRESSES[n], "method": "DELETE"}, "level": "Informational", "operationName": {"value": "Microsoft.Compute/virtualMachines/delete", "localizedValue": "Delete"}, "resourceId": f"/subscriptions/s/vm{n}", "status": {"value": "Succeeded"}, "eventTimestamp": iso(at(n)), "submissionTimestamp": iso(at(n + 1)), "subscriptionId": "s"} for n in range(3)]
    both("azure_activity", "azure_activity", records, "value", (epoch(T0), USERS[0], ADDRESSES[0], "Microsoft.Compute/virtualMachines/delete"))
    records = [{"time": iso(at(n)), "resourceId": f"/SUBSCRIPTIONS/S/VM{n}", "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE", "category": "Administrative", "resultType": "Success", "callerIpAddress": ADDRESSES[n], "correlationId": f"c{n}", "identity": {"authorization": {"scope": "/subscriptions/s"}, "claims": {"name": USERS[n], "appid": "app"}}, "level": "Information"} for n in range(3)]
    write("json_lines_log/insights-activity.json", "".join(json.dumps({"records": records[:2]}) + "\n" for _ in range(2)) + json.dumps({"records": records[2:]}))
    expect("json_lines_log/insights-activity.json", "azure_activity", 5, 0, (epoch(T0), USERS[0], ADDRESSES[0], "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE"))
    records = [{"id": f"s{n}", "createdDateTime": iso(at(n), 0), "userDisplayName": "Mira Example", "userPrincipalName": USERS[n], "userId": f"u{n}", "appDisplayName": "Example Portal", "ipAddress": ADDRESSES[n], "clientAppUsed": "Browser", "userAgent": AGENTS[0], "correlationId": f"c{n}", "conditionalAccessStatus": "success", "resourceDisplayName": "Graph", "status": {"errorCode": 0 if n else 50126, "failureReason": "Other." if n else "Invalid user name or password"}, "deviceDetail": {"operatingSystem": "Linux", "browser": "Example 1"}, "location": {"city": "Nowhere", "countryOrRegion": "ZZ"}} for n in range(3)]
    both("azure_sign_in", "azure_sign_in", records, "value", (epoch(second(T0)), USERS[0], ADDRESSES[0], "Example Portal"), {"@odata.context": "https://graph.example.com/$metadata#auditLogs/signIns"})
    records = [{"timeStamp": iso(at(n), 0), "resourceId": "/SUBSCRIPTIONS/S", "operationName": "ApplicationGatewayAccess", "category": "ApplicationGatewayAccessLog", "properties": {"clientIP": ADDRESSES[n], "clientPort": 45057, "httpMethod": "GET", "originalRequestUriWithArgs": PATHS[n], "userAgent": AGENTS[0], "httpStatus": 200, "httpVersion": "HTTP/1.1", "receivedBytes": 184, "sentBytes": 466, "host": "www.example.com"}} for n in range(3)]
    both("azure_gateway", "azure_gateway", records, "records", (epoch(second(T0)), None, ADDRESSES[0], "/"))


def m365():
    audit = [{"CreationTime": at(n).strftime("%Y-%m-%dT%H:%M:%S"), "Id": f"i{n}", "Operation": ["FileDownloaded", "UserLoggedIn", "MailItemsAccessed"][n], "OrganizationId": "o", "RecordType": 6, "UserKey": f"k{n}", "UserType": 0, "Version": 1, "Workload": ["SharePoint", "AzureActiveDirectory", "Exchange"][n], "ClientIP": [ADDRESSES[0], f"{ADDRESSES[1]}:51022", f"[{ADDRESSES[3]}]:51022"][n], "ObjectId": "https://example.sharepoint.example/a \"b\".docx", "UserId": USERS[n], "UserAgent": AGENTS[0], "SiteUrl": "https://example.sharepoint.example/"} for n in range(3)]
    first = (epoch(second(T0)), USERS[0], ADDRESSES[0], "SharePoint FileDownloaded")
    both("m365", "m365_audit", audit, "value", first)
    text = io.StringIO()
    rows = [[f"r{n}", at(n).strftime("%Y-%m-%dT%H:%M:%S.0000000Z"), "6", a["Operation"], a["UserId"], json.dumps(a)] for n, a in enumerate(audit)]
    csv.writer(text, lineterminator="\r\n").writerows([["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"]] + rows)
    write("delimited_log/m365.csv", "\ufeff" + text.getvalue())
    expect("delimited_log/m365.csv", "m365_audit", 3, 0, first)


def okta():
    records = [{"actor": {"id": f"00u{n}", "type": "User", "alternateId": USERS[n], "displayName": "Mira Example"}, "client": {"userAgent": {"rawUserAgent": AGENTS[0], "os": "Linux", "browser": "EXAMPLE"}, "device": "Computer", "ipAddress": ADDRESSES[n], "geographicalContext": {"city": "Nowhere", "country": "ZZ"}}, "displayMessage": "User login to Okta", "eventType": ["user.session.start", "group.privilege.grant", "application.user_membership.add"][n], "outcome": {"result": "FAILURE" if n == 0 else "SUCCESS", "reason": "INVALID_CREDENTIALS" if n == 0 else None}, "published": iso(at(n)), "severity": "INFO", "target": [{"id": "x", "type": "UserGroup", "alternateId": "admins", "displayName": "Admins"}] if n else None, "transaction": {"type": "WEB", "id": f"t{n}"}, "uuid": f"u{n}", "version": "0"} for n in range(3)]
    both("okta", "okta_system_log", records, "events", (epoch(T0), USERS[0], ADDRESSES[0], "user.session.start"))


def workspace():
    records = [{"kind": "admin#reports#activity", "id": {"time": iso(at(n)), "uniqueQualifier": f"-{n}", "applicationName": ["login", "drive", "admin"][n], "customerId": "C01example"}, "etag": "\"x\"", "actor": {"email": USERS[n], "profileId": f"1{n}"}, "ipAddress": ADDRESSES[n], "events": [{"type": "login", "name": ["login_failure", "download", "CHANGE_PASSWORD"][n], "parameters": [{"name": "login_type", "value": "google_password"}]}] * (1 + n % 2)} for n in range(3)]
    both("workspace", "google_workspace", records, "items", (epoch(T0), USERS[0], ADDRESSES[0], "login login_failure"), {"kind": "admin#reports#activities"})


def events():
    write("json_lines_log/program.jsonl", "".join(json.dumps({"name": "shop", "hostname": "web1", "pid": 7, "level": 30, "msg": f"order {n} stored", "time": iso(at(n)), "v": 0}) + "\n" for n in range(3)))
    expect("json_lines_log/program.jsonl", "json_events", 3, 0, (epoch(T0), None, None, "order 0 stored"))
    pretty = [{"ts": iso(at(n)), "client_ip": ADDRESSES[n], "method": "GET", "path": PATHS[n], "status": 200, "user": USERS[n % 3]} for n in range(3)]
    write("json_lines_log/pretty.json", "\n".join(json.dumps(r, indent=2) for r in pretty) + "\n")
    expect("json_lines_log/pretty.json", "json_lines", 3, 0, (epoch(T0), USERS[0], ADDRESSES[0], "/"))


# --- event log --------------------------------------------------------------------------------

class Chunk:
    """One chunk of an event log; offsets are those within it, as BinXml has them."""

    def __init__(self):
        self.bytes, self.names = bytearray(512), {}

    def name(self, text):
        known = self.names.get(text)
        self.bytes += struct.pack("<I", known or len(self.bytes) + 4)
        if not known:
            self.names[text] = len(self.bytes)
            self.bytes += struct.pack("<IHH", 0, 0, len(text)) + (text + "\0").encode("utf-16-le")

    def part(self, part):
        if isinstance(part, str):
            self.bytes += struct.pack("<BBH", 5, 1, len(part)) + part.encode("utf-16-le")
        else:
            self.bytes += struct.pack("<BHB", 13, *part)

    def element(self, name, attributes=(), content=()):
        self.bytes += struct.pack("<BHI", 0x41 if attributes else 1, 0xFFFF, 0)
        size = len(self.bytes)
        self.name(name)
        if attributes:
            self.bytes += struct.pack("<I", 0)
            for n, (key, part) in enumerate(attributes):
                self.bytes += bytes([0x46 if n + 1 < len(attributes) else 6])
                self.name(key)
                self.part(part)
        self.bytes += b"\2" if content else b"\3"
        for c in content:
            self.element(*c) if isinstance(c, tuple) and isinstance(c[0], str) else self.part(c)
        if content:
            self.bytes += b"\4"
        struct.pack_into("<I", self.bytes, size - 4, len(self.bytes) - size)

    def template(self):
        """Where it begins; text of an element is a list of parts, a value is (number, type)."""
        start = len(self.bytes)
        self.bytes += bytes(24) + b"\x0f\1\1\0"
        data = lambda name, value: ("Data", [("Name", name)], [value])
        self.element("Event", [], [
            ("System", [], [
                ("Provider", [("Name", "Example-Security-Auditing")]), ("EventID", [], [(0, 6)]), ("Level", [], [(1, 4)]),
                ("TimeCreated", [("SystemTime", (2, 17))]), ("EventRecordID", [], [(3, 10)]), ("Channel", [], ["Security"]),
                ("Computer", [], ["desk4.example.com"]), ("Security", [("UserID", (4, 19))])]),
            ("EventData", [], [data("TargetUserName", (5, 1)), data("IpAddress", (6, 1)), data("LogonType", (7, 8)), ("Data", [], ["unnamed"]), ("Data", [], [(8, 21)])])])
        self.bytes += b"\0"
        struct.pack_into("<I", self.bytes, start + 20, len(self.bytes) - start - 24)
        return start

    def record(self, number, t, values, template=None):
        filetime = (t - datetime(1601, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1) * 10 + 7
        start = len(self.bytes)
        self.bytes += b"**\0\0" + struct.pack("<IQQ", 0, number, filetime + 1) + b"\x0f\1\1\0\x0c\1" + struct.pack("<II", 1, template or len(self.bytes) + 38)
        if not template:
            template = self.template()
        values = [(6, struct.pack("<H", values[0])), (4, b"\0"), (17, struct.pack("<Q", filetime)), (10, struct.pack("<Q", number)),
                  (19, struct.pack("<BB", 1, 5) + (5).to_bytes(6, "big") + struct.pack("<5I", 21, 1, 2, 3, 1001)),
                  (1, values[1].encode("utf-16-le")), (1, values[2].encode("utf-16-le")), (8, struct.pack("<I", 3)), (21, struct.pack("<Q", 0x8020000000000000))]
        self.bytes += struct.pack("<I", len(values)) + b"".join(struct.pack("<HBB", len(v), k, 0) for k, v in values) + b"".join(v for _, v in values) + b"\0"
        self.bytes += bytes(-(len(self.bytes) - start + 4) % 8)
        length = len(self.bytes) - start + 4
        self.bytes += struct.pack("<I", length)
        struct.pack_into("<I", self.bytes, start + 4, length)
        return template

    def closed(self):
        struct.pack_into("<8s", self.bytes, 0, b"ElfChnk")
        struct.pack_into("<II", self.bytes, 40, 128, 0)
        struct.pack_into("<I", self.bytes, 48, len(self.bytes))
        return bytes(self.bytes) + bytes(65536 - len(self.bytes))


def event_log():
    import gzip
    chunk, template = Chunk(), None
    for n, (event, user, address) in enumerate([(4624, "mira", ADDRESSES[0]), (4625, "admin", ADDRESSES[3]), (4672, "mira", "-")]):
        template = chunk.record(100 + n, at(n), (event, user, address), template)
    header = b"ElfFile\0" + struct.pack("<QQQIHHHH", 0, 0, 103, 128, 1, 3, 4096, 1)
    damaged = Chunk()
    damaged.record(103, at(3), (4624, "jun", ADDRESSES[1]))
    second = damaged.closed()
    broken = bytearray(second)
    # A second record whose length lies beyond the chunk.
    end = struct.unpack_from("<I", broken, 48)[0]
    struct.pack_into("<4sIQQ", broken, end, b"**\0\0", 70_000, 104, 0)
    struct.pack_into("<I", broken, 48, end + 24)
    data = header + bytes(4096 - len(header)) + chunk.closed() + bytes(broken)
    write("windows_event_log/Security.evtx.gz", gzip.compress(data, 9, mtime=0))


for make in (event_log, apache_error, nginx_error, haproxy, syslog, journal, w3c, cloudfront, firewall, elb, nlb, s3, tables, sign_in_csv, cloudtrail, gcp, azure, m365, okta, workspace, events):
    make()
with open(os.path.join(HERE, "formats.tsv"), "w", encoding="utf-8") as f:
    f.write("\t".join(["file", "profile", "rows", "unread", "micros", "actor", "address", "object"]) + "\n")
    for row in truth:
        f.write("\t".join(row) + "\n")
