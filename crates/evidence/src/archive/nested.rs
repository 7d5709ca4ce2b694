//! An archive by its format: top level or nested.

use super::body::{Body, fill};
use super::codec::{Codec, Side, decode, decode_with};
use super::format::{Format, HEAD, decompressed_name};
use super::member::{Spec, Walk};
use super::trouble::Trouble;
use super::{Member, MemberKind, tar, zip};
use model::{Code, MemorySource, SharedSource, Stop};
use std::io::{Cursor, Read};
use std::sync::Arc;

/// Decoding a stream again to reach large archives inside it may cost this many times the bytes
/// before the last of them.
const REPLAY_FACTOR: u64 = 32;

impl Walk<'_> {
    /// The members of the archive in `body`. `owner` is its ordinal, `depth` 0 for the evidence
    /// itself.
    pub fn archive(&mut self, body: &Body, format: Format, owner: u32, depth: u32, name: &[u8]) -> Result<(), Stop> {
        match format {
            Format::Zip => {
                if let Body::Plain(source) = body {
                    zip::walk(self, source, owner, depth, name)?;
                }
            }
            Format::Tar => {
                let reader = body.open(&self.remarks);
                tar::walk(self, reader, body, owner, depth, name)?;
            }
            Format::Compressed(codec) => self.compressed(body, codec, owner, depth, name)?,
        }
        Ok(())
    }

    /// The members of a nested archive.
    pub fn inside(
        &mut self,
        member: &Member,
        format: Format,
        copy: Option<Vec<u8>>,
        body: &Body,
        depth: u32,
    ) -> Result<(), Stop> {
        let body = match (copy, body) {
            (Some(bytes), _) => Body::Plain(Arc::new(MemorySource(bytes)) as SharedSource),
            (None, Body::Plain(_)) => body.clone(),
            (None, Body::Stream { .. }) if format == Format::Zip => {
                let limit = format!("a zip in a stream, to be held, of at most {} bytes", self.limits.nested_in_memory);
                let size = member.declared.map_or_else(|| "more".to_owned(), |d| format!("{d} bytes"));
                return self.trouble(
                    member.ordinal,
                    &member.name,
                    Trouble::new(Code::LimitReached, limit, format!("{size}; not opened")),
                );
            }
            (None, Body::Stream { cost, .. }) => {
                // Sums of positions only: the same in every walk, whatever is wanted of it.
                self.replayed = self.replayed.saturating_add(*cost);
                if *cost > 0 && self.replayed > cost.saturating_mul(REPLAY_FACTOR) {
                    let limit = format!("decoding again at most {REPLAY_FACTOR} times what lies before");
                    let found = "a large archive, too far inside a stream; not opened";
                    return self.trouble(member.ordinal, &member.name, Trouble::new(Code::LimitReached, limit, found));
                }
                body.clone()
            }
        };
        self.around.push(member.clone());
        self.archive(&body, format, member.ordinal, depth.saturating_add(1), &member.name)?;
        self.around.pop();
        Ok(())
    }

    /// A compressed stream: the members of the tar in it, or its bytes as one member.
    fn compressed(&mut self, body: &Body, codec: Codec, owner: u32, depth: u32, name: &[u8]) -> Result<(), Stop> {
        let ratio = self.limits.ratio;
        let side = Side::default();
        let mut reader = decode_with(codec, body.open(&self.remarks), ratio, &self.remarks, &side);
        let mut head = vec![0; HEAD];
        let (n, _) = fill(&mut *reader, &mut head);
        head.truncate(n);
        let is_tar = tar::is_tar(&head);
        let reader = Cursor::new(head).chain(reader);
        let again = body.clone();
        let decoded = Body::stream(body.cost(), move |remarks| decode(codec, again.open(remarks), ratio, remarks));
        if is_tar {
            return tar::walk(self, Box::new(reader), &decoded, owner, depth, name);
        }
        let mut reader = reader;
        let mut spec = Spec::new(owner, decompressed_name(name), MemberKind::File, codec.name());
        if let Some(header) = side.gzip.take() {
            spec.modified = header.modified;
            let stored = header.name.map(|n| String::from_utf8_lossy(&n).into_owned());
            spec.more.extend(stored.map(|n| ("stored name", n)));
        }
        self.member(spec, &mut reader, &decoded, depth)?;
        Ok(())
    }
}
