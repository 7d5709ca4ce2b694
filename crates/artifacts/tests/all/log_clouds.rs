//! Audit logs of clouds in the wrappings and tables that their consoles and exports write.
//! Sources: the vendors' pages named in the profiles.

use crate::logs::rows;

const CALL: &str = r#"{"eventVersion":"1.09","eventTime":"2024-03-12T09:00:01Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers","sourceIPAddress":"203.0.113.7","userIdentity":{"type":"IdentityCenterUser","accessKeyId":"","onBehalfOf":{"userId":"mira-id"}}}"#;

#[test]
fn cloudtrail() {
    let expected =
        r#"2024-03-12T09:00:01Z & actor="mira-id" & object="iam.amazonaws.com ListUsers" & address="203.0.113.7" & !key="#;
    rows(CALL, "aws_cloudtrail", &[expected]);
    let bridge = format!(
        r#"{{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","time":"2024-03-12T09:00:09Z","detail":{CALL}}}"#
    );
    rows(&bridge, "aws_cloudtrail", &[expected]);
    let message = serde_json::Value::from(CALL).to_string();
    let wrapped = format!(
        r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"1","timestamp":1,"message":{message}}},{{"id":"2","timestamp":1,"message":{message}}}]}}"#
    );
    rows(&format!("{wrapped}\n{wrapped}\n"), "aws_cloudtrail", &[expected; 4]);
    let insight = r#"{"eventTime":"2024-03-12T09:00:01Z","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start","eventSource":"iam.amazonaws.com","eventName":"ListUsers","insightType":"ApiCallRateInsight"}}"#;
    rows(insight, "aws_cloudtrail", &[r#"object="iam.amazonaws.com ListUsers" & "insight_state":"Start""#]);
    let history = "Event ID,Event time,User name,Event name,Resource type,Resource name,AWS access key,AWS region,Error code,Source IP address,Event source,Read-only\ne1,\"March 12, 2024, 09:00:01 (UTC+00:00)\",mira,ConsoleLogin,,,,us-east-1,,203.0.113.7,signin.amazonaws.com,false\n";
    rows(history, "aws_cloudtrail", &[r#"sign-in & 2024-03-12T09:00:01Z & actor="mira" & address="203.0.113.7""#]);
}

#[test]
fn azure() {
    let hub = r#"{"records":[{"time":"2024-03-12T09:00:01Z","resourceId":"/s","operationName":"a/delete","callerIpAddress":"203.0.113.7","identity":{"authorization":{},"claims":{"name":"Mira Example","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"mira@example.com"}}}]}"#;
    rows(hub, "azure_activity", &[r#"actor="mira@example.com""#]);
    let health = r#"[{"channels":"Admin","eventDataId":"e","eventTimestamp":"2024-03-12T09:00:01Z","operationName":{"value":"Microsoft.ServiceHealth/incident/action"},"resourceId":"/s"}]"#;
    rows(health, "azure_activity", &["ServiceHealth"]);
    let portal = "Correlation id,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource type,Resource group,Resource\nc,Delete Virtual Machine,Succeeded,Administrative,Informational,2024-03-12T09:00:01Z,s,mira@example.com,,,vm\n";
    rows(portal, "azure_activity", &[r#"2024-03-12T09:00:01Z & actor="mira@example.com" & object="Delete Virtual Machine""#]);
    let principal = "Date (UTC),Request ID,Service principal ID,Service principal name,Application,Resource,IP address,Status\n2024-03-12T09:00:01Z,r,sp,backup,Backup,Graph,203.0.113.7,Success\n";
    rows(principal, "azure_sign_in", &[r#"actor="backup" & address="203.0.113.7""#]);
    let analytics = r#"{"TimeGenerated":"2024-03-12T09:00:01Z","OperationName":"Sign-in activity","ResultType":"0","UserPrincipalName":"mira@example.com","AppDisplayName":"Azure Portal","IPAddress":"203.0.113.7","UserAgent":"Mozilla/5.0"}"#;
    let expected = r#"sign-in & actor="mira@example.com" & object="Azure Portal" & address="203.0.113.7" & agent="Mozilla/5.0""#;
    rows(analytics, "azure_sign_in", &[expected]);
    let table = "TenantId,\"TimeGenerated [UTC]\",OperationName,UserPrincipalName,AppDisplayName,IPAddress,UserAgent\nt,\"3/13/2024, 9:00:01.123 AM\",Sign-in activity,mira@example.com,Azure Portal,203.0.113.7,Mozilla/5.0\n";
    rows(table, "azure_sign_in", &[&format!("2024-03-13T09:00:01.123Z/Milli/Utc & {expected}")]);
}

#[test]
fn microsoft_365() {
    let data = r#"{"CreationTime":"2024-03-12T09:00:01","Id":"1","Operation":"FileDownloaded","UserId":"mira@example.com","Workload":"SharePoint","ClientIP":"203.0.113.7"}"#;
    let expected = r#"2024-03-12T09:00:01Z/Second/Utc & actor="mira@example.com" & object="SharePoint FileDownloaded" & address="203.0.113.7""#;
    let text = serde_json::Value::from(data).to_string();
    let shell = format!(
        "[\n  {{\n    \"CreationDate\": \"2024-03-12T09:00:01Z\",\n    \"UserIds\": \"mira@example.com\",\n    \"AuditData\": {text}\n  }}\n]"
    );
    rows(&shell, "m365_audit", &[expected]);
    let graph = format!(
        r#"{{"value":[{{"id":"1","createdDateTime":"2024-03-12T09:00:01Z","operation":"FileDownloaded","auditData":{data}}}]}}"#
    );
    rows(&graph, "m365_audit", &[expected]);
    let csv = data.replace('"', "\"\"");
    let typed = format!(
        "#TYPE Deserialized.Microsoft.Exchange.Data.UnifiedAuditLogEvent\r\n\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\"\r\n\"6\",\"3/12/2024 9:00:01 AM\",\"mira@example.com\",\"FileDownloaded\",\"{csv}\"\r\n"
    );
    rows(&typed, "m365_audit", &[expected]);
}

#[test]
fn google_and_okta() {
    let http = r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://example.com/a","status":200,"responseSize":"500","remoteIp":"203.0.113.7"},"insertId":"x","timestamp":"2024-03-12T09:00:01Z","logName":"projects/p/logs/requests"}"#;
    rows(
        http,
        "gcp_audit",
        &[r#"object="https://example.com/a" & address="203.0.113.7" & method="GET" & status=200 & bytes=500"#],
    );
    let login = "\"Event Name\",\"Event Description\",\"User\",\"IP Address\",\"Date\",\"Login Type\"\n\"Successful Login\",\"mira logged in\",\"mira@example.com\",\"203.0.113.7\",\"Mar 12, 2024, 9:00:01 AM PDT\",\"Google Password\"\n";
    rows(login, "google_workspace", &[r#"sign-in & 2024-03-12T09:00:01Z/Second/Unknown & actor="mira@example.com" & raw_time"#]);
    let event = r#"{"published":"2024-03-12T09:00:01.123Z","eventType":"user.session.start","actor":{"id":"u","alternateId":"mira@example.com"},"client":{"ipAddress":"203.0.113.7"}}"#;
    let expected = r#"sign-in & 2024-03-12T09:00:01.123Z & actor="mira@example.com" & address="203.0.113.7""#;
    rows(&format!(r#"{{"eventType":"com.okta.event_hook","data":{{"events":[{event}]}}}}"#), "okta_system_log", &[expected]);
    rows(&format!(r#"{{"version":"0","time":"2024-03-12T09:00:09Z","detail":{event}}}"#), "okta_system_log", &[expected]);
    let table = "timestamp,display_message,event_type,actor.id,actor.alternate_id,client.ip_address\n2024-03-12T09:00:01.123Z,User login,user.session.start,u,mira@example.com,203.0.113.7\n";
    rows(table, "okta_system_log", &[expected]);
}

/// Sources: Caddy, log format; Traefik, access logs; pino-http; Elasticsearch, search API.
#[test]
fn requests_of_web_servers_as_json() {
    let caddy = r#"{"level":"info","ts":1710234001.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","uri":"/a?b","headers":{"User-Agent":["curl/8.0"]}},"user_id":"","size":10900,"status":200}"#;
    let traefik = r#"{"ClientHost":"203.0.113.7","ClientUsername":"-","DownstreamContentSize":19,"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/a?b","time":"2024-03-12T09:00:01Z","level":"info","msg":""}"#;
    let pino = r#"{"level":30,"time":1710234001500,"pid":1,"req":{"id":1,"method":"GET","url":"/a?b","remoteAddress":"203.0.113.7"},"res":{"statusCode":200},"msg":"request completed"}"#;
    let expected = r#"object="/a?b" & address="203.0.113.7" & method="GET" & status=200 & !actor"#;
    for line in [caddy, traefik, pino] {
        rows(line, "json_lines", &[expected]);
        let hits = format!(r#"{{"took":1,"hits":{{"total":{{"value":1}},"hits":[{{"_index":"i","_source":{line}}}]}}}}"#);
        rows(&hits, "json_lines", &[expected]);
    }
}
