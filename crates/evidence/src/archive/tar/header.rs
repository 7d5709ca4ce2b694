//! One 512-byte tar header. Sources: POSIX.1-2017 pax "ustar Interchange Format"; GNU tar manual,
//! "Basic Tar Format".

pub(super) const BLOCK: usize = 512;

#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Prefix and name, joined as ustar has it.
    pub name: Vec<u8>,
    /// Bytes; None where the field is no number.
    pub size: Option<u64>,
    pub modified: Option<i64>,
    pub mode: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub flag: u8,
    pub link: Vec<u8>,
    pub user: Vec<u8>,
    pub group: Vec<u8>,
    /// Old GNU sparse: the file's size with its holes.
    pub real_size: Option<u64>,
    /// Old GNU sparse: more header blocks follow this one.
    pub extended: bool,
}

/// Whether the block's checksum holds; old writers summed signed bytes.
pub(super) fn checksum_holds(block: &[u8]) -> bool {
    let (Some(block), Some(stored)) = (block.get(..BLOCK), block.get(148..156)) else { return false };
    let Some(stored) = octal(stored) else { return false };
    let (mut unsigned, mut signed) = (0u64, 0i64);
    for (i, b) in block.iter().enumerate() {
        let b = if (148..156).contains(&i) { b' ' } else { *b };
        unsigned = unsigned.saturating_add(u64::from(b));
        signed = signed.saturating_add(i64::from(b.cast_signed()));
    }
    stored == unsigned || i64::try_from(stored).is_ok_and(|s| s == signed)
}

/// Whether the bytes begin with a tar header: the magic where there is one, and the checksum.
pub(in crate::archive) fn is_tar(head: &[u8]) -> bool {
    if head.len() < BLOCK {
        return head.get(257..262) == Some(b"ustar");
    }
    checksum_holds(head) && (head.get(257..262) == Some(b"ustar") || is_v7(head))
}

/// A header older than ustar: a name, numbers where numbers belong, zeros at the end.
fn is_v7(head: &[u8]) -> bool {
    let number = |from: usize, to: usize| head.get(from..to).is_some_and(|f| octal(f).is_some());
    head.first().is_some_and(|b| *b != 0)
        && number(100, 108)
        && (number(124, 136) || head.get(124).is_some_and(|b| *b & 0x80 != 0))
        && matches!(head.get(156), Some(0 | b'0'..=b'7'))
        && head.get(345..BLOCK).is_some_and(|rest| rest.iter().all(|b| *b == 0))
}

impl Header {
    pub fn read(block: &[u8]) -> Self {
        let field = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
        let magic = field(257, 263);
        let mut name = text(field(0, 100));
        if magic == b"ustar\0" {
            let prefix = text(field(345, 500));
            if !prefix.is_empty() {
                name = [prefix.as_slice(), b"/", name.as_slice()].concat();
            }
        }
        let flag = block.get(156).copied().unwrap_or(0);
        let ustar = magic.starts_with(b"ustar");
        let sparse = flag == b'S';
        Self {
            name,
            size: number(field(124, 136)).and_then(|n| u64::try_from(n).ok()),
            modified: number(field(136, 148)),
            mode: octal(field(100, 108)),
            uid: number(field(108, 116)).and_then(|n| u64::try_from(n).ok()),
            gid: number(field(116, 124)).and_then(|n| u64::try_from(n).ok()),
            flag,
            link: text(field(157, 257)),
            user: if ustar { text(field(265, 297)) } else { Vec::new() },
            group: if ustar { text(field(297, 329)) } else { Vec::new() },
            real_size: if sparse { number(field(483, 495)).and_then(|n| u64::try_from(n).ok()) } else { None },
            extended: sparse && block.get(482).is_some_and(|b| *b != 0),
        }
    }
}

/// Bytes up to the first NUL.
fn text(field: &[u8]) -> Vec<u8> {
    field.split(|b| *b == 0).next().unwrap_or_default().to_vec()
}

/// Octal digits between spaces and NULs; an empty field is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let mut out = 0u64;
    let mut ended = false;
    for b in field.iter().skip_while(|b| **b == b' ') {
        match b {
            b'0'..=b'7' if !ended => out = out.checked_mul(8)?.checked_add(u64::from(b.saturating_sub(b'0')))?,
            b' ' | 0 => ended = true,
            _ => return None,
        }
    }
    Some(out)
}

/// Octal, or GNU base-256: the top bit set, big-endian two's complement.
fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 == 0 {
        return octal(field).and_then(|n| i64::try_from(n).ok());
    }
    let negative = first & 0x40 != 0;
    let mut out: i128 = if negative { -1 } else { 0 };
    for (i, b) in field.iter().enumerate() {
        let b = if i == 0 && !negative { b & 0x7f } else { *b };
        out = out.checked_mul(256)?.checked_add(i128::from(b))?;
    }
    i64::try_from(out).ok()
}
