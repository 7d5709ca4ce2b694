use super::say_json;
use crate::Outcome;
use case::CaseError;
use case::api::{FormatInfo, formats};
use serde_json::{Value, json};

pub fn run(json: bool, profile: Option<&str>) -> Result<Outcome, CaseError> {
    if let Some(name) = profile {
        print!("{}", case::profile_text(name)?);
        return Ok(Outcome::Done);
    }
    let (parsers, profiles) = formats();
    if json {
        let list = |all: &[FormatInfo]| -> Value {
            let one = |f: &FormatInfo| json!({"name": f.name, "version": f.version, "about": f.about, "format": f.format, "limits": f.limits});
            all.iter().map(one).collect()
        };
        say_json(&json!({"readers": case::readers(), "parsers": list(&parsers), "log_profiles": list(&profiles)}))?;
        return Ok(Outcome::Done);
    }
    for (group, names) in case::readers() {
        println!("{group}: {}", names.join(", "));
    }
    for (title, all) in [("parsers", parsers), ("log profiles", profiles)] {
        println!("\n{title}");
        for f in all {
            println!("  {} (version {}): {}", f.name, f.version, f.about);
            println!("    format: {}", f.format);
            for l in &f.limits {
                println!("    limit: {l}");
            }
        }
    }
    Ok(Outcome::Done)
}
