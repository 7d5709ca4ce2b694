//! Reads units of an item: opens it, walks its volumes; the rest is in `members` and `parse`.

use super::output::Output;
pub use super::profiles::ProfileSet;
use super::protocol::{Frame, LogChoice, Task};
use super::{members, parse};
use evidence::container::Media;
use evidence::filesystem::{FileSystem, Reach, Walk};
use evidence::open::{Format, Item};
use evidence::volume::{Volume, VolumeKind};
use evidence::{Note, container, filesystem, open, volume};
use model::{ByteSource, Code, FileEntry, SharedSource, SourceKind, Stop, SubSource, Value};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a worker keeps between orders of one import: the opened media and the file system read last.
#[derive(Default)]
pub struct Scanner {
    paths: Vec<PathBuf>,
    item: Option<Item>,
    media: Option<SharedSource>,
    volume: Option<(u64, u64, Arc<dyn FileSystem>)>,
    profiles: Option<(LogChoice, ProfileSet)>,
    read: Arc<AtomicU64>,
}

/// Counts the bytes read through it, for progress.
pub struct Counted {
    pub inner: SharedSource,
    pub read: Arc<AtomicU64>,
}

impl ByteSource for Counted {
    fn len(&self) -> u64 {
        self.inner.len()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read_at(offset, buf)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Scanner {
    pub fn run(
        &mut self,
        paths: &[PathBuf],
        task: &Task,
        next_source: u32,
        choice: &LogChoice,
        out: &mut dyn Write,
    ) -> Result<(), Stop> {
        if self.paths != paths {
            *self = Self { paths: paths.to_vec(), ..Self::default() };
        }
        if self.profiles.as_ref().is_none_or(|(known, _)| known != choice) {
            let set = ProfileSet::new(choice).map_err(failed)?;
            self.profiles = Some((choice.clone(), set));
        }
        let mut out = Output::new(out, next_source);
        let result = self.task(task, &mut out);
        out.frame(&Frame::Progress(self.read.load(Ordering::Relaxed)))?;
        out.flush()?;
        result
    }

    fn task(&mut self, task: &Task, out: &mut Output<'_>) -> Result<(), Stop> {
        match task {
            Task::Open => self.open(out),
            Task::Volume { source, offset, length } => self.walk_volume(*source, *offset, *length, out),
            Task::Members { source, after } => {
                let item = self.item()?;
                let (read, profiles) = (self.read.clone(), self.profiles()?);
                members::walk(&item, *source, *after, profiles, &read, out)
            }
            Task::Single { source } => {
                let item = self.item()?;
                let media = self.media()?;
                let data = Counted { inner: media, read: self.read.clone() };
                parse::whole_file(*source, item.name.as_bytes(), &data, self.profiles()?, out)
            }
            Task::Parse { offset, length, file, companion, volume } => {
                let fs = self.file_system(*offset, *length)?;
                parse::volume_file(*volume, &*fs, file, companion.as_deref(), self.profiles()?, out)
            }
        }
    }

    fn profiles(&self) -> Result<&ProfileSet, Stop> {
        self.profiles.as_ref().map(|(_, set)| set).ok_or_else(|| failed("no profiles"))
    }

    fn item(&mut self) -> Result<Item, Stop> {
        if self.item.is_none() {
            self.item = open::group(&self.paths).into_iter().next();
        }
        self.item.clone().ok_or_else(|| failed("nothing lies at the path"))
    }

    fn media(&mut self) -> Result<SharedSource, Stop> {
        if let Some(media) = &self.media {
            return Ok(media.clone());
        }
        let item = self.item()?;
        let media = container::open(&item).map_err(failed)?;
        Ok(self.keep(&media))
    }

    fn keep(&mut self, media: &Media) -> SharedSource {
        self.media = Some(media.source.clone());
        media.source.clone()
    }

    fn open(&mut self, out: &mut Output<'_>) -> Result<(), Stop> {
        let item = self.item()?;
        out.item(item.name.as_bytes())?;
        match item.format {
            Format::RawImage | Format::SplitRaw | Format::Ewf => self.open_image(&item, out),
            Format::Folder => {
                let source = out.begin_source(None, SourceKind::Folder, 0, &[], None, &[])?;
                out.task(Task::Members { source, after: 0 })?;
                Ok(())
            }
            Format::Zip | Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd => {
                let source = out.begin_source(None, SourceKind::Archive, item.bytes, &[], None, &[])?;
                out.task(Task::Members { source, after: 0 })?;
                Ok(())
            }
            Format::File | Format::Unsupported(_) => {
                let source = out.begin_source(None, SourceKind::File, item.bytes, &[], None, &[])?;
                out.about(source, 0)?;
                if let Format::Unsupported(what) = item.format {
                    let note = Note::new(Code::NotSupported, "", "a format this version reads", what);
                    out.note(&note)?;
                } else {
                    out.task(Task::Single { source })?;
                }
                Ok(())
            }
        }
    }

    fn open_image(&mut self, item: &Item, out: &mut Output<'_>) -> Result<(), Stop> {
        let media = match container::open(item) {
            Ok(media) => media,
            Err(e) => {
                let source = out.begin_source(None, SourceKind::File, item.bytes, &[], None, &[])?;
                out.about(source, 0)?;
                let note = Note::new(Code::Unreadable, "", "an image that can be opened", e.to_string());
                out.note(&note)?;
                return Ok(());
            }
        };
        let source = self.keep(&media);
        let stored = stored_detail(&media);
        let entries: Vec<(&str, Value<'_>)> = stored.iter().map(|(k, v)| (k.as_str(), v.as_str().into())).collect();
        let map = volume::map(&*source);
        let detail = [
            ("scheme", Value::from(scheme_name(map.scheme))),
            ("sector_size", Value::Uint(u64::from(map.sector_size))),
            ("stored", Value::Map(entries)),
        ];
        let root = out.begin_source(None, media.kind, source.len(), &[], None, &detail)?;
        out.about(root, 0)?;
        for note in media.notes.iter().chain(&map.notes) {
            out.note(note)?;
        }
        let mut recognised = false;
        for (n, v) in map.volumes.iter().enumerate() {
            recognised |= self.open_volume(root, n, v, &source, out)?;
        }
        if !recognised {
            let note = Note::new(Code::NotRecognized, "", "a file system on some volume", "none that this version reads");
            out.about(root, 0)?;
            out.note(&note)?;
        }
        Ok(())
    }

    /// True where a file system was found and a walk ordered.
    fn open_volume(&mut self, root: u32, n: usize, v: &Volume, media: &SharedSource, out: &mut Output<'_>) -> Result<bool, Stop> {
        let window: SharedSource = Arc::new(SubSource::new(media.clone(), v.offset, v.length));
        let kind = if v.kind == VolumeKind::Gap { SourceKind::Gap } else { SourceKind::Volume };
        let opened = if kind == SourceKind::Volume { filesystem::open(&window) } else { Ok(None) };
        let mut detail: Vec<(&str, Value<'_>)> = Vec::new();
        let texts: [(&str, Option<&str>); 4] = [
            ("type", v.type_code.as_deref()),
            ("type_name", v.type_name),
            ("name", Some(v.name.as_str()).filter(|n| !n.is_empty())),
            ("guid", v.guid.as_deref()),
        ];
        detail.extend(texts.iter().filter_map(|(k, t)| t.map(|t| (*k, Value::from(t)))));
        if let Some(slot) = v.slot {
            detail.push(("slot", Value::Uint(u64::from(slot))));
        }
        if v.bootable {
            detail.push(("bootable", Value::Bool(true)));
        }
        let whole = v.kind == VolumeKind::Whole;
        detail.push((
            "part",
            Value::from(if whole {
                "whole"
            } else if kind == SourceKind::Gap {
                "gap"
            } else {
                "partition"
            }),
        ));
        if let Ok(Some(fs)) = &opened {
            detail.extend(facts(fs.facts()));
        }
        let locator = [("offset", Value::Uint(v.offset)), ("length", Value::Uint(v.length)), ("volume", Value::Uint(n as u64))];
        let source = out.begin_source(Some(root), kind, v.length, &locator, None, &detail)?;
        out.about(source, 0)?;
        match opened {
            Ok(Some(_)) => {
                drop(detail);
                out.task(Task::Volume { source, offset: v.offset, length: v.length })?;
                Ok(true)
            }
            Ok(None) if kind == SourceKind::Volume => {
                let note = match volume::seen(&*window, 0) {
                    Some(seen) if seen.encrypted => Note::new(Code::Encrypted, "", "a readable file system", seen.name),
                    Some(seen) => Note::new(Code::NotSupported, "", "a file system this version reads", seen.name),
                    None => Note::new(Code::NotRecognized, "", "a file system", "unknown bytes"),
                };
                out.note(&note)?;
                Ok(false)
            }
            Ok(None) => Ok(false),
            Err(note) => {
                out.note(&note)?;
                Ok(false)
            }
        }
    }

    fn file_system(&mut self, offset: u64, length: u64) -> Result<Arc<dyn FileSystem>, Stop> {
        if let Some((o, l, fs)) = &self.volume
            && (*o, *l) == (offset, length)
        {
            return Ok(fs.clone());
        }
        let media = self.media()?;
        let counted: SharedSource = Arc::new(Counted { inner: media, read: self.read.clone() });
        let window: SharedSource = Arc::new(SubSource::new(counted, offset, length));
        let fs: Arc<dyn FileSystem> = match filesystem::open(&window) {
            Ok(Some(fs)) => fs.into(),
            Ok(None) => return Err(failed("the file system is no longer there")),
            Err(note) => return Err(failed(note.found)),
        };
        self.volume = Some((offset, length, fs.clone()));
        Ok(fs)
    }

    fn walk_volume(&mut self, source: u32, offset: u64, length: u64, out: &mut Output<'_>) -> Result<(), Stop> {
        let fs = self.file_system(offset, length)?;
        out.about(source, 0)?;
        let mut walk = VolumeWalk {
            out,
            source,
            kind: fs.facts().kind,
            read: self.read.clone(),
            entries: 0,
            files: parse::Wanted::default(),
        };
        // The volume may claim more than the media hold.
        let there = self.media()?.len().saturating_sub(offset).min(length);
        let mut reach = Reach::new(&mut walk, there);
        let result = fs.walk(&mut reach);
        reach.finish()?;
        let wanted = walk.files;
        if wanted.passed_over > 0 {
            let mut note =
                Note::new(Code::LimitReached, "", "at most 200,000 files of a volume to parse", "further files, only listed");
            note.count = wanted.passed_over;
            out.about(source, 0)?;
            out.note(&note)?;
        }
        if let Err(Stop::Damaged(e)) = &result {
            out.about(source, 0)?;
            out.note(&Note::new(Code::Damaged, e.field, e.expected.clone(), e.found.clone()).at(e.at, 1))?;
        } else {
            result?;
        }
        for (file, companion) in wanted.into_tasks() {
            let (file, companion) = (Box::new(file), companion.map(Box::new));
            out.task(Task::Parse { volume: source, offset, length, file, companion })?;
        }
        Ok(())
    }
}

/// Turns a walk into rows: the entry, and an event for each of its times.
struct VolumeWalk<'a, 'w> {
    out: &'a mut Output<'w>,
    source: u32,
    kind: &'static str,
    read: Arc<AtomicU64>,
    entries: u64,
    files: parse::Wanted,
}

impl Walk for VolumeWalk<'_, '_> {
    fn entry(&mut self, entry: &FileEntry) -> Result<(), Stop> {
        self.entries += 1;
        if self.entries.is_multiple_of(2048) {
            self.out.item(&entry.path)?;
            self.out.frame(&Frame::Progress(self.read.load(Ordering::Relaxed)))?;
        }
        self.out.about(self.source, 0)?;
        self.out.entry(entry)?;
        self.out.about(self.source, artifacts::file_times::PARSER.id)?;
        artifacts::file_times::events(entry, self.out)?;
        self.files.offer(entry, self.kind);
        Ok(())
    }
    fn note(&mut self, note: Note) -> Result<(), Stop> {
        self.out.about(self.source, 0)?;
        self.out.note(&note)?;
        Ok(())
    }
}

fn facts(f: &filesystem::Facts) -> Vec<(&str, Value<'_>)> {
    let mut out: Vec<(&str, Value<'_>)> = vec![
        ("file_system", f.kind.into()),
        ("cluster_size", Value::Uint(f.cluster_size)),
        ("file_system_bytes", Value::Uint(f.bytes)),
    ];
    if let Some(label) = &f.label {
        out.push(("label", Value::Text(label)));
    }
    if let Some(serial) = &f.serial {
        out.push(("serial", serial.as_str().into()));
    }
    let more = f.more.iter().map(|(k, v)| (*k, Value::from(v.as_str()))).collect::<Vec<_>>();
    if !more.is_empty() {
        out.push(("more", Value::Map(more)));
    }
    out
}

/// Stored hashes and acquisition metadata of a container, in one list.
pub fn stored_detail(media: &Media) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(md5) = media.stored.md5 {
        out.push(("md5".into(), hex::encode(md5)));
    }
    if let Some(sha1) = media.stored.sha1 {
        out.push(("sha1".into(), hex::encode(sha1)));
    }
    out.extend(media.stored.metadata.iter().cloned());
    out
}

pub fn scheme_name(scheme: volume::Scheme) -> &'static str {
    match scheme {
        volume::Scheme::None => "none",
        volume::Scheme::Mbr => "MBR",
        volume::Scheme::Gpt => "GPT",
    }
}

pub fn failed(e: impl std::fmt::Display) -> Stop {
    Stop::Io(io::Error::other(e.to_string()))
}
