//! The one place where a file of the machine is opened: for reading only, at positions, never mapped.

use super::OpenError;
use model::ByteSource;
use std::fs::File;
use std::io;
use std::path::Path;

/// One regular file. Its length is taken when it is opened; growth later is not seen, and bytes cut
/// off later read as the end.
pub struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    /// Refuses anything but a regular file: opening a pipe would wait for ever, and a device grows
    /// and changes under the reader.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Io { path: path.into(), source };
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(OpenError::NotAFile { path: path.into() });
        }
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok(Self { file, length })
    }
}

impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let n = left.min(buf.len());
        match buf.get_mut(..n) {
            Some(part) if n > 0 => positional(&self.file, part, offset),
            _ => Ok(0),
        }
    }
}

#[cfg(unix)]
fn positional(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
fn positional(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    // Moves the file's cursor as a side effect; nothing here ever uses the cursor.
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}
