/// Bounds of one walk; reaching one is a `LimitReached` note and skips the rest of that member.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Archives inside archives.
    pub depth: u32,
    /// Zips and tars opened inside nested archives, in all. Those that lie in the evidence itself, and
    /// compressed single streams, are not counted: each costs bytes of the evidence, whereas the number
    /// of archives inside archives can grow tenfold a level at no cost to who made them.
    pub nested: u64,
    /// Members in all.
    pub members: u64,
    /// Decompressed bytes in all.
    pub bytes: u64,
    /// Decompressed bytes per compressed byte of one stream, once it has given 64 MiB.
    pub ratio: u64,
    /// Nested archives held in memory at a time (a zip in a stream needs to seek).
    pub nested_in_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 4, nested: 4_096, members: 5_000_000, bytes: 64 << 40, ratio: 1_100, nested_in_memory: 256 << 20 }
    }
}
