//! A time-stamping authority of this machine, made with OpenSSL: root, signers, replies.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const CONFIG: &str = include_str!("authority.cnf");

pub const RSA: &[&str] = &["rsa:2048"];
pub const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// Its folder holds `NAME.pem` and `NAME.key` of each certificate.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// An authority with a certificate `root`, and one `signer` for time-stamping.
    pub fn new(key: &[&str]) -> Self {
        let authority = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        std::fs::write(authority.path("openssl.cnf"), CONFIG).expect("a configuration");
        std::fs::write(authority.path("serial"), "01\n").expect("a serial number");
        authority.certificate("root", "root", "root", key, "3650");
        authority.certificate("signer", "root", "signer", key, "365");
        authority
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn pem(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.pem"))
    }

    /// Runs `openssl`; whether it succeeded, and what it said.
    pub fn try_openssl<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> (bool, String) {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.folder.path()).env("OPENSSL_CONF", self.path("openssl.cnf"));
        let out = command.output().expect("openssl is a package that tests need");
        (out.status.success(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
    }

    pub fn openssl(&self, arguments: &[&str]) {
        let (ok, said) = self.try_openssl(arguments);
        assert!(ok, "openssl {}: {said}", arguments.join(" "));
    }

    /// Makes `name`, signed by `issuer`, with the extensions of a section; `days` may be below 0.
    pub fn certificate(&self, name: &str, issuer: &str, section: &str, key: &[&str], days: &str) {
        let (private, request, made) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        let subject = format!("/O=Example Authority/CN=Example {name}");
        let begin = ["req", "-new", "-nodes", "-newkey"];
        self.openssl(&[&begin[..], key, &["-keyout", &private, "-out", &request, "-subj", &subject]].concat());
        let (issuer_pem, issuer_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let by = if name == issuer {
            vec!["-signkey", &*private]
        } else {
            vec!["-CA", &*issuer_pem, "-CAkey", &*issuer_key, "-CAcreateserial"]
        };
        let rest = ["-days", days, "-extfile", "openssl.cnf", "-extensions", section, "-out", &made];
        self.openssl(&[&["x509", "-req", "-in", &request][..], &by, &rest].concat());
    }

    /// The reply to a request, by `signer`.
    pub fn reply(&self, request: &Path, signer: &str) -> PathBuf {
        let (out, pem, key) = (self.path("reply.tsr"), format!("{signer}.pem"), format!("{signer}.key"));
        let head = ["ts", "-reply", "-config", "openssl.cnf", "-section", "tsa", "-queryfile", request.to_str().expect("text")];
        self.openssl(&[&head[..], &["-signer", &pem, "-inkey", &key, "-out", out.to_str().expect("text")]].concat());
        out
    }

    /// A reply as `reply`, its time-stamp signed again by another certificate that `openssl ts` itself
    /// would refuse, or in another way; `edit` changes what is signed.
    pub fn signed_again(&self, request: &Path, signer: &str, options: &[&str], edit: impl Fn(&mut Vec<u8>)) -> PathBuf {
        self.reply(request, "signer");
        self.openssl(&["ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "token.der"]);
        self.openssl(&["cms", "-verify", "-noverify", "-inform", "DER", "-in", "token.der", "-out", "info.der"]);
        let mut info = std::fs::read(self.path("info.der")).expect("a time-stamp");
        edit(&mut info);
        std::fs::write(self.path("info.der"), info).expect("a time-stamp");
        let (pem, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        let sign = ["cms", "-sign", "-binary", "-nodetach", "-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4"];
        let files = ["-md", "sha256", "-outform", "DER", "-in", "info.der", "-out", "again.der"];
        self.openssl(&[&sign[..], &files, &["-signer", &pem, "-inkey", &key], options].concat());
        let token = std::fs::read(self.path("again.der")).expect("a token");
        let inside = u16::try_from(token.len() + 5).expect("a short token").to_be_bytes();
        // A response with status 0, and the token.
        let reply = [&[0x30, 0x82, inside[0], inside[1], 0x30, 3, 2, 1, 0][..], &token].concat();
        std::fs::write(self.path("reply.tsr"), reply).expect("a reply");
        self.path("reply.tsr")
    }
}
