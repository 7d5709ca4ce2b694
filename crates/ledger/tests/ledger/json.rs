use crate::mutations;
use ledger::{Json, MAX_DEPTH, MAX_INT};

fn refused(text: &str) -> &'static str {
    match Json::read(text.as_bytes()) {
        Ok(value) => panic!("{text} was read as {value:?}"),
        Err(e) => e.what,
    }
}

#[test]
fn one_text_for_one_value() {
    let value = Json::map([
        ("b", Json::from("tab\t nul\0 \"\\ \u{7f} 한국어 🔍")),
        ("a", Json::List(vec![Json::Null, Json::Bool(true), Json::Int(-MAX_INT), Json::Int(0)])),
        ("a_1", Json::map([])),
        ("0", Json::big(u64::MAX)),
    ]);
    let text = value.to_text().unwrap();
    assert_eq!(
        text,
        "{\"0\":\"18446744073709551615\",\"a\":[null,true,-9007199254740991,0],\"a_1\":{},\
         \"b\":\"tab\\t nul\\u0000 \\\"\\\\ \u{7f} 한국어 🔍\"}"
    );
    assert_eq!(Json::read(text.as_bytes()).unwrap(), value);
    assert_eq!(value.get("0").unwrap().as_big(), Some(u64::MAX));
}

#[test]
fn every_other_text_is_refused() {
    for (text, what) in [
        ("", "no value"),
        ("{\"a\":1,\"a\":2}", "a duplicate key"),
        ("{\"b\":1,\"a\":2}", "a key out of order"),
        ("{\"a\":1,\"\\u0061\":2}", "an escape that the profile does not use"),
        ("{\"A\":1}", "a key outside [a-z0-9_]"),
        ("{\"\":1}", "a key outside [a-z0-9_]"),
        ("{\"é\":1}", "a key outside [a-z0-9_]"),
        ("{\"a\": 1}", "no value"),
        (" 1", "no value"),
        ("1 ", "something after the value"),
        ("1\n", "something after the value"),
        ("{}{}", "something after the value"),
        ("1.0", "a float"),
        ("1e3", "a float"),
        ("01", "an integer with a leading zero"),
        ("-0", "an integer with a leading zero"),
        ("-", "not an integer below 2^53"),
        ("+1", "no value"),
        ("9007199254740992", "not an integer below 2^53"),
        ("-9007199254740992", "not an integer below 2^53"),
        ("99999999999999999999999", "not an integer below 2^53"),
        ("NaN", "no value"),
        ("True", "no value"),
        ("'a'", "no value"),
        ("\"a", "a text without an end"),
        ("\"\\/\"", "an escape that the profile does not use"),
        ("\"\\u0041\"", "an escape that the profile does not use"),
        ("\"\\ud83d\\ude00\"", "an escape that the profile does not use"),
        ("\"\\u001F\"", "an escape that the profile does not use"),
        ("\"\\u0009\"", "a text that is not the value's own"),
        ("\"\t\"", "a control character in a text"),
        ("[1,]", "no value"),
        ("[1 ,2]", "no comma in an array"),
        ("[", "no value"),
        ("{\"a\":1,}", "no key"),
        ("{\"a\"}", "no colon after a key"),
        ("{a:1}", "no key"),
        ("/**/1", "no value"),
        ("\u{feff}1", "no value"),
    ] {
        assert_eq!(refused(text), what, "{text}");
    }
    assert_eq!(Json::read(b"\"\xff\"").unwrap_err().what, "text that is not UTF-8");
}

#[test]
fn depth_is_bounded_in_both_directions() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Json::read(nested(MAX_DEPTH + 1).as_bytes()).is_ok());
    assert_eq!(refused(&nested(MAX_DEPTH + 2)), "nested too deeply");
    assert_eq!(refused(&"[".repeat(1_000_000)), "nested too deeply");
    assert_eq!(refused(&"{\"a\":".repeat(100_000)), "nested too deeply");
    let mut deep = Json::Null;
    for _ in 0..=MAX_DEPTH {
        deep = Json::List(vec![deep]);
    }
    assert!(deep.to_text().is_err());
    assert!(Json::Int(MAX_INT + 1).to_text().is_err());
    assert!(Json::Int(i64::MIN).to_text().is_err());
    assert!(Json::map([("Key", Json::Null)]).to_text().is_err());
}

#[test]
fn a_mutated_text_is_another_value_or_none() {
    let text = r#"{"a":[1,-2,"x\n\u001f"],"b":{"c":null,"d":"가"},"e":true}"#;
    let value = Json::read(text.as_bytes()).unwrap();
    for copy in mutations(text.as_bytes()) {
        if let Ok(other) = Json::read(&copy) {
            assert_ne!(other, value);
            assert_eq!(other.to_text().unwrap().as_bytes(), copy);
            // A reader that knows nothing of the profile sees the same value.
            assert!(serde_json::from_slice::<serde_json::Value>(&copy).is_ok());
        }
    }
}
