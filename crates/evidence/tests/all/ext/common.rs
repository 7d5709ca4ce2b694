use evidence::filesystem::{FileSystem, ext};
use md5::{Digest, Md5};
use model::{FileEntry, SharedSource};
use std::path::PathBuf;

pub use crate::shared::{Listing, content, memory, outside, sha256, text};

pub const NAMES: [&str; 10] =
    ["ext2", "ext2-old", "ext3", "ext3-4k", "ext4", "ext4-2k", "ext4-bigalloc", "ext4-in-use", "ext4-inline", "ext4-plain"];

pub fn samples() -> PathBuf {
    crate::shared::samples("ext")
}

/// The unpacked bytes of an image.
pub fn image(name: &str) -> Vec<u8> {
    crate::shared::unpacked(&samples().join(format!("{name}.img.zst")))
}

pub fn table(name: &str) -> Vec<Vec<String>> {
    crate::shared::table(&samples().join(name))
}

pub fn open(bytes: Vec<u8>) -> Box<dyn FileSystem> {
    open_source(memory(bytes))
}

pub fn open_source(source: SharedSource) -> Box<dyn FileSystem> {
    ext::open(&source).unwrap().unwrap()
}

pub fn md5(fs: &dyn FileSystem, entry: &FileEntry) -> Option<String> {
    content(fs, entry).map(|c| hex::encode(Md5::digest(&c)))
}
