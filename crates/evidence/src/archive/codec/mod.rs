//! Decoders of compressed streams as readers: bounded, tolerant of damage, one pass.

mod bzip2;
mod deflate;
mod gzip;

mod streams;
mod xz;
mod zstd;

use super::trouble::Remarks;
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::rc::Rc;
use streams::Streams;

pub(super) use self::bzip2::is_bzip2;
pub(super) use self::gzip::{GzipHeader, is_gzip};
pub(super) use self::xz::XZ_MAGIC;
pub(super) use self::zstd::is_zstd;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Deflate,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Codec {
    pub fn name(self) -> &'static str {
        match self {
            Self::Deflate => "deflate",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// What a decoder tells beside its bytes.
#[derive(Clone, Default)]
pub(super) struct Side {
    /// Compressed bytes used so far.
    pub consumed: Rc<Cell<u64>>,
    /// The first header of a gzip file, once it was read.
    pub gzip: Rc<RefCell<Option<GzipHeader>>>,
}

/// The decoded bytes of `inner`.
pub(super) fn decode(codec: Codec, inner: Box<dyn Read>, ratio: u64, remarks: &Remarks) -> Box<dyn Read> {
    decode_with(codec, inner, ratio, remarks, &Side::default())
}

/// As `decode`; `side` follows the decoder.
pub(super) fn decode_with(codec: Codec, inner: Box<dyn Read>, ratio: u64, remarks: &Remarks, side: &Side) -> Box<dyn Read> {
    let consumed = side.consumed.clone();
    match codec {
        Codec::Deflate => Box::new(Streams::new(deflate::Deflate::new(), inner, ratio, remarks, consumed)),
        Codec::Gzip => Box::new(Streams::new(gzip::Gzip::new(side.gzip.clone()), inner, ratio, remarks, consumed)),
        Codec::Bzip2 => Box::new(Streams::new(bzip2::Bzip2::new(), inner, ratio, remarks, consumed)),
        Codec::Xz => Box::new(Streams::new(xz::Xz::new(), inner, ratio, remarks, consumed)),
        Codec::Zstd => Box::new(Streams::new(zstd::Zstd::new(), inner, ratio, remarks, consumed)),
    }
}
