use crate::event::coded;

coded! {
    /// What a source is: the tree from evidence to the bytes a row cites.
    SourceKind: u8 {
        /// A disk or volume image in raw form, one file or several segments; offsets are of the media.
        RawImage = 0 "raw image",
        /// Expert Witness Format, one or several segments; offsets are of the decoded media.
        EwfImage = 1 "ewf image",
        /// A folder; its hash is the tree over its members.
        Folder = 2 "folder",
        /// An archive file (zip, tar, tar.gz, ...).
        Archive = 3 "archive",
        /// A single file given as evidence, or found in a folder or archive.
        File = 4 "file",
        /// A partition or a whole-media volume of an image.
        Volume = 5 "volume",
        /// A file of a file system that a parser read.
        FileSystemFile = 6 "file system file",
        /// The decompressed bytes of a compressed file (gz, bz2, xz, zst).
        Decompressed = 7 "decompressed",
        /// Bytes between volumes that belong to none.
        Gap = 8 "gap",
    }
}
