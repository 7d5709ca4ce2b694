//! Custody in CASE/UCO JSON-LD: each InvestigativeAction on a ProvenanceRecord is one record. Names are
//! compared without their prefix, and references within the file are followed. Source: the ontologies of
//! caseontology.org and unifiedcyberontology.org, 1.x.

use super::read_file::Rows;
use super::record::CustodyRecord;
use crate::error::{CaseError, Result};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most nodes that are looked at.
const MOST_NODES: usize = 200_000;
/// Deepest nesting of nodes in nodes; the reader of JSON goes no further than 128.
const DEEPEST: usize = 64;

type Node = Map<String, Value>;

/// The nodes of a file by their id.
struct Graph<'v> {
    by_id: BTreeMap<&'v str, &'v Node>,
    all: Vec<&'v Node>,
}

/// The name of a term without prefix or namespace: `uco-action:performer` is `performer`.
fn local(term: &str) -> &str {
    term.rsplit([':', '#', '/']).next().unwrap_or(term)
}

fn get<'v>(node: &'v Node, name: &str) -> Option<&'v Value> {
    node.iter().find(|(key, _)| !key.starts_with('@') && local(key) == name).map(|(_, v)| v)
}

/// One value or each of a list.
fn each(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

fn id(node: &Node) -> Option<&str> {
    node.get("@id").and_then(Value::as_str)
}

fn is(node: &Node, class: &str) -> bool {
    each(node.get("@type")).iter().filter_map(Value::as_str).any(|t| local(t) == class)
}

/// Text of a literal: a plain one or the `@value` of a typed one.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Object(o) => o.get("@value").and_then(literal),
        Value::Array(list) => list.first().and_then(literal),
        Value::Null | Value::Bool(_) => None,
    }
}

fn text(node: &Node, name: &str) -> Option<String> {
    get(node, name).and_then(literal)
}

impl<'v> Graph<'v> {
    fn collect(&mut self, value: &'v Value, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Ok(());
        }
        match value {
            Value::Array(list) => list.iter().try_for_each(|v| self.collect(v, depth + 1)),
            Value::Object(node) => {
                if self.all.len() >= MOST_NODES {
                    return Err(CaseError::BadRecord(format!("the file has more than {MOST_NODES} nodes")));
                }
                if node.contains_key("@type") {
                    self.all.push(node);
                    if let Some(id) = id(node) {
                        self.by_id.insert(id, node);
                    }
                }
                node.iter().filter(|(k, _)| *k != "@context").try_for_each(|(_, v)| self.collect(v, depth + 1))
            }
            _ => Ok(()),
        }
    }

    /// The nodes that a member refers to or holds.
    fn nodes(&self, node: &'v Node, name: &str) -> Vec<&'v Node> {
        let one = |v: &'v Value| {
            let inner = v.as_object();
            let named = inner.and_then(id).or_else(|| v.as_str());
            named.and_then(|id| self.by_id.get(id).copied()).or_else(|| inner.filter(|o| o.contains_key("@type")))
        };
        each(get(node, name)).iter().filter_map(one).collect()
    }

    /// What a person, place or tool is called: its name, or the parts its facets give.
    fn name(&self, node: &'v Node) -> Option<String> {
        if let Some(name) = text(node, "name") {
            return Some(name);
        }
        let parts = ["givenName", "familyName", "street", "locality", "region", "postalCode", "country"];
        let facets = self.nodes(node, "hasFacet");
        let said: Vec<String> = facets.iter().flat_map(|f| parts.iter().filter_map(|p| text(f, p))).collect();
        if said.is_empty() {
            text(node, "description").or_else(|| id(node).map(|i| local(i).to_owned()))
        } else {
            Some(said.join(" "))
        }
    }

    /// Names of what a member refers to, or its text where it is one.
    fn named(&self, node: &'v Node, name: &str) -> Option<String> {
        let mut names: Vec<String> = self.nodes(node, name).into_iter().filter_map(|n| self.name(n)).collect();
        if names.is_empty() {
            names.extend(text(node, name));
        }
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Make, model, serial and hashes of the objects that a provenance record is about.
    fn device(&self, objects: &[&'v Node], r: &mut CustodyRecord) {
        for facet in objects.iter().flat_map(|o| self.nodes(o, "hasFacet")) {
            r.make = r.make.take().or_else(|| self.named(facet, "manufacturer"));
            r.model = r.model.take().or_else(|| text(facet, "model"));
            r.serial = r.serial.take().or_else(|| text(facet, "serialNumber"));
            for hash in self.nodes(facet, "hash") {
                r.hashes.extend(text(hash, "hashValue"));
            }
        }
    }
}

/// The records of a JSON-LD file; each names the action it is from.
pub fn records(value: &Value) -> Result<Rows> {
    let mut graph = Graph { by_id: BTreeMap::new(), all: Vec::new() };
    graph.collect(value, 0)?;
    let provenance: Vec<&Node> = graph.all.iter().copied().filter(|n| is(n, "ProvenanceRecord")).collect();
    let mut rows = Rows::new();
    for (n, action) in graph.all.iter().filter(|n| is(n, "InvestigativeAction")).enumerate() {
        let place = format!("action {} ({})", n + 1, id(action).map_or("no id", local));
        let (objects, results) = (graph.nodes(action, "object"), graph.nodes(action, "result"));
        let touched = |node: &&Node| objects.iter().chain(&results).any(|o| std::ptr::eq(*o, *node));
        // An action names the record itself, or an object that the record is about.
        let direct: Vec<&Node> = provenance.iter().copied().filter(touched).collect();
        let about = |p: &&Node| graph.nodes(p, "object").iter().any(touched);
        let found = if direct.is_empty() { provenance.iter().copied().filter(about).collect() } else { direct };
        for p in found {
            let mut r = CustodyRecord {
                item: text(p, "exhibitNumber")
                    .or_else(|| text(p, "rootExhibitNumber"))
                    .or_else(|| text(p, "name"))
                    .unwrap_or_default(),
                holder: graph.named(action, "performer").unwrap_or_default(),
                from: text(action, "startTime").unwrap_or_default(),
                to: text(action, "endTime"),
                place: graph.named(action, "location"),
                purpose: text(action, "name").or_else(|| text(action, "description")),
                stated_by: graph.named(p, "createdBy"),
                stated_on: text(p, "objectCreatedTime"),
                ..CustodyRecord::default()
            };
            if let Some(tool) = graph.named(action, "instrument") {
                r.purpose = Some(r.purpose.map_or_else(|| tool.clone(), |p| format!("{p} ({tool})")));
            }
            graph.device(&graph.nodes(p, "object"), &mut r);
            r.hashes.dedup();
            rows.push((place.clone(), Ok(r)));
            if rows.len() > super::MOST_RECORDS {
                return Ok(rows);
            }
        }
    }
    if rows.is_empty() {
        let says = "the file is neither a list of records nor JSON-LD with an InvestigativeAction on a ProvenanceRecord";
        return Err(CaseError::BadRecord(says.into()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"@context":{"uco-core":"https://ontology.unifiedcyberontology.org/uco/core/"},"@graph":[
      {"@id":"kb:p1","@type":"case-investigation:ProvenanceRecord","case-investigation:exhibitNumber":"E-7",
       "uco-core:object":[{"@id":"kb:phone"}]},
      {"@id":"kb:phone","@type":"uco-observable:ObservableObject","uco-core:hasFacet":[
        {"@type":"uco-observable:DeviceFacet","uco-observable:manufacturer":{"@id":"kb:maker"},"uco-observable:model":"M1","uco-observable:serialNumber":"SN-1"},
        {"@type":"uco-observable:ContentDataFacet","uco-observable:hash":[{"@type":"uco-types:Hash","uco-types:hashMethod":"MD5",
          "uco-types:hashValue":{"@type":"xsd:hexBinary","@value":"825AC373AFF4D5AF610BC445129F317D"}}]}]},
      {"@id":"kb:maker","@type":"uco-identity:Organization","uco-core:name":"Example Devices"},
      {"@id":"kb:officer","@type":"uco-identity:Person","uco-core:hasFacet":{"@type":"uco-identity:SimpleNameFacet",
        "uco-identity:givenName":"Mira","uco-identity:familyName":"Example"}},
      {"@id":"kb:lab","@type":"uco-location:Location","uco-core:name":"Laboratory 2"},
      {"@id":"kb:tool","@type":"uco-tool:Tool","uco-core:name":"Imager"},
      {"@id":"kb:a1","@type":"case-investigation:InvestigativeAction","uco-core:name":"Seized",
       "uco-action:startTime":{"@type":"xsd:dateTime","@value":"2025-06-24T10:00:00+09:00"},
       "uco-action:endTime":{"@type":"xsd:dateTime","@value":"2025-06-24T11:00:00+09:00"},
       "uco-action:performer":{"@id":"kb:officer"},"uco-action:location":{"@id":"kb:lab"},"uco-action:result":{"@id":"kb:p1"}},
      {"@id":"kb:a2","@type":"case-investigation:InvestigativeAction","uco-core:name":"Imaged",
       "uco-action:startTime":"START","uco-action:performer":{"@id":"kb:officer"},
       "uco-action:instrument":[{"@id":"kb:tool"}],"uco-action:object":[{"@id":"kb:phone"}]}]}"#;

    fn read(start: &str) -> Result<(Vec<CustodyRecord>, super::super::Given)> {
        super::super::read_text("custody.jsonld", FILE.replace("START", start).as_bytes())
    }

    #[test]
    fn actions_on_a_provenance_record() {
        let (records, given) = read("2025-06-25T10:00:00+09:00").unwrap();
        assert_eq!((records.len(), given.how), (2, "case-uco"));
        let [seized, imaged] = &records[..] else { panic!("{records:?}") };
        assert_eq!((seized.item.as_str(), seized.holder.as_str()), ("E-7", "Mira Example"));
        assert_eq!(seized.to.as_deref(), Some("2025-06-24T11:00:00+09:00"));
        assert_eq!((seized.make.as_deref(), seized.serial.as_deref()), (Some("Example Devices"), Some("SN-1")));
        assert_eq!(seized.place.as_deref(), Some("Laboratory 2"));
        assert_eq!(imaged.purpose.as_deref(), Some("Imaged (Imager)"));
        assert_eq!(imaged.hashes, ["825ac373aff4d5af610bc445129f317d"]);
    }

    #[test]
    fn a_time_without_zone_refuses_all() {
        let said = read("2025-06-25T10:00:00").unwrap_err().to_string();
        assert!(said.contains("action 2 (a2): from is a time with its zone"), "{said}");
    }

    #[test]
    fn nodes_that_refer_to_themselves_end() {
        let file = r#"[{"@id":"a","@type":"InvestigativeAction","object":{"@id":"p"},"performer":{"@id":"a"},"startTime":"2025-06-24T10:00Z"},
          {"@id":"p","@type":"ProvenanceRecord","object":{"@id":"p"}}]"#;
        let said = super::super::read_text("x", file.as_bytes()).unwrap_err().to_string();
        assert!(said.contains("item is missing"), "{said}");
    }
}
