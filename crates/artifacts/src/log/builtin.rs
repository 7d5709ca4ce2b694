//! The profiles that come with the program.

use super::profile::Profile;
use std::sync::LazyLock;

/// Profiles in a fixed order.
#[derive(Clone, Debug)]
pub struct Profiles(Vec<Profile>);

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        /// Name and text of each built-in profile, alphabetical by name.
        pub const BUILTIN: &[(&str, &str)] = &[$(($name, include_str!(concat!("profiles/", $name, ".toml")))),*];
    };
}

builtin! {
    "apache_error", "aws_alb", "aws_cloudfront", "aws_cloudtrail", "aws_elb", "aws_nlb", "aws_s3_access", "azure_activity",
    "azure_gateway", "azure_sign_in", "combined", "common", "csv", "gateway", "gcp_audit", "google_workspace", "haproxy",
    "iis_w3c", "journald", "json_events", "json_lines", "m365_audit", "nginx", "nginx_error", "okta_system_log", "syslog",
    "tsv", "vhost_combined", "windows_firewall",
}

impl Profiles {
    /// The profiles that come with the program, alphabetical by name; a test reads them all.
    pub fn builtin() -> Profiles {
        static READ: LazyLock<Profiles> =
            LazyLock::new(|| Profiles(BUILTIN.iter().filter_map(|(_, text)| Profile::from_toml(text).ok()).collect()));
        READ.clone()
    }
    pub fn all(&self) -> &[Profile] {
        &self.0
    }
    /// See `Profile::assume_zone`.
    pub fn assume_zone(&mut self, minutes_east: i16) {
        self.0.iter_mut().for_each(|p| p.assume_zone(minutes_east));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads() {
        for (name, text) in BUILTIN {
            let p = Profile::from_toml(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(p.name(), *name);
        }
        assert_eq!(Profiles::builtin().all().len(), BUILTIN.len());
        assert!(BUILTIN.is_sorted_by_key(|b| b.0));
    }
}
