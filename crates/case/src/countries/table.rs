//! A table of address ranges and countries as people have it: lines of CSV, `first,last,country` or
//! `CIDR,country`, IPv4 and IPv6.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Lines that give a range; a table of all countries of the world has some hundred thousand.
const MOST_ROWS: usize = 3_000_000;
/// Bytes of a country's name.
const LONGEST_NAME: usize = 100;
/// Faults told one by one.
const MOST_FAULTS: usize = 20;

/// Addresses from `first` to `last`, both included; IPv4 as `::ffff:a.b.c.d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub last: [u8; 16],
    pub country: String,
}

/// A line that gives no range, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// From 1.
    pub line: u64,
    pub why: String,
}

/// What a table says, by the first address of each range: no two ranges overlap.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    pub of: BTreeMap<[u8; 16], Range>,
    /// Lines that were not read, in all, and the first of them.
    pub unread: u64,
    pub faults: Vec<LineFault>,
}

/// An address as it is compared: 16 bytes.
pub fn key(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// Reads a table. A first line without a digit is its heading; empty lines and lines that begin with
/// `#` say nothing.
pub fn read(text: &[u8]) -> Ranges {
    let mut out = Ranges::default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for (n, line) in (1u64..).zip(text.split(|b| *b == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let heading = n == 1 && !line.iter().any(u8::is_ascii_digit);
        if line.iter().all(u8::is_ascii_whitespace) || line.starts_with(b"#") || heading {
            continue;
        }
        let fault = match range(line) {
            Ok((first, range)) => out.add(first, range).err(),
            Err(why) => Some(why),
        };
        if let Some(why) = fault {
            out.unread += 1;
            if out.faults.len() < MOST_FAULTS {
                out.faults.push(LineFault { line: n, why });
            }
        }
    }
    out
}

impl Ranges {
    fn add(&mut self, first: [u8; 16], range: Range) -> Result<(), String> {
        if self.of.len() >= MOST_ROWS {
            return Err(format!("only {MOST_ROWS} ranges are read"));
        }
        let before = self.of.range(..=range.last).next_back();
        if before.is_some_and(|(_, r)| r.last >= first) {
            return Err("it overlaps the range of an earlier line".into());
        }
        self.of.insert(first, range);
        Ok(())
    }
}

fn range(line: &[u8]) -> Result<([u8; 16], Range), String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let fields = fields(text)?;
    let (first, last, country) = match fields.as_slice() {
        [cidr, country] if cidr.contains('/') => {
            let (first, last) = block(cidr)?;
            (first, last, country)
        }
        [first, last, country] => (address(first)?, address(last)?, country),
        _ => return Err("it is neither first,last,country nor CIDR,country".into()),
    };
    if country.is_empty() || country.len() > LONGEST_NAME {
        return Err(format!("it names no country in at most {LONGEST_NAME} bytes"));
    }
    if first > last {
        return Err("its last address is before its first".into());
    }
    let mixed = first.starts_with(&V4) != last.starts_with(&V4);
    if mixed {
        return Err("its addresses are of two kinds".into());
    }
    Ok((first, Range { last, country: country.clone() }))
}

/// What addresses of IPv4 begin with.
const V4: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

fn address(text: &str) -> Result<[u8; 16], String> {
    text.parse().map(key).map_err(|_| format!("\"{}\" is no address", text.chars().take(60).collect::<String>()))
}

fn block(cidr: &str) -> Result<([u8; 16], [u8; 16]), String> {
    let (address, length) = cidr.split_once('/').ok_or("it has no prefix length")?;
    let address: IpAddr =
        address.parse().map_err(|_| format!("\"{}\" is no block", cidr.chars().take(60).collect::<String>()))?;
    let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
    let length: u32 = length.parse().ok().filter(|l| *l <= bits).ok_or("its prefix length is none of its kind of address")?;
    let host = u128::MAX.checked_shr(128 - bits + length).unwrap_or(0);
    let value = u128::from_be_bytes(key(address));
    if value & host != 0 {
        return Err("its address has bits below the prefix".into());
    }
    Ok((value.to_be_bytes(), (value | host).to_be_bytes()))
}

/// Fields of a line, with or without quotes; a quote in quotes is doubled.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field).trim().to_owned()),
            _ => field.push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    out.push(field.trim().to_owned());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ranges: &Ranges, address: &str) -> Option<String> {
        let key = key(address.parse().unwrap());
        let (_, range) = ranges.of.range(..=key).next_back()?;
        (range.last >= key).then(|| range.country.clone())
    }

    #[test]
    fn ranges_and_blocks() {
        let table = "network,country\r\n203.0.113.0/25,Erewhon\r\n\"203.0.113.128\",\"203.0.113.255\",\"Land, of \"\"Oz\"\"\"\r\n\
            # more\n\n2001:db8::/32,Laputa\n198.51.100.7,198.51.100.7,Erewhon\n2001:dba::,2001:dba::ffff,Oz";
        let ranges = read(table.as_bytes());
        assert_eq!((ranges.of.len(), ranges.unread), (5, 0), "{:?}", ranges.faults);
        for (address, country) in [
            ("203.0.113.0", Some("Erewhon")),
            ("203.0.113.127", Some("Erewhon")),
            ("203.0.113.128", Some("Land, of \"Oz\"")),
            ("203.0.114.0", None),
            ("203.0.112.255", None),
            ("198.51.100.7", Some("Erewhon")),
            ("198.51.100.8", None),
            ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Some("Laputa")),
            ("2001:db9::", None),
            ("2001:dba::1", Some("Oz")),
            ("::ffff:203.0.113.1", Some("Erewhon")),
            ("::1", None),
        ] {
            assert_eq!(found(&ranges, address).as_deref(), country, "{address}");
        }
        let all = read(b"0.0.0.0/0,Everywhere\n::/0,Nowhere");
        assert_eq!(all.of.len(), 1, "IPv4 lies within ::/0 here: the second line overlaps");
        assert_eq!(found(&all, "255.255.255.255").as_deref(), Some("Everywhere"));
    }

    #[test]
    fn lines_that_are_none_are_told() {
        let table = b"203.0.113.0/24,A\n203.0.113.9,203.0.113.9,B\n203.0.112.0,203.0.114.0,C\n1.2.3.4,1.2.3.3,D\n1.2.3.4/33,E\n\
            1.2.3.4/8,F\nx,y,G\n9.9.9.9\n8.8.8.0/24,\n7.7.7.7,2001:db8::,H\n\"6.6.6.6,6.6.6.6,I\n\xff\xfe,J\n5.0.0.0/8,K";
        let ranges = read(table);
        let lines: Vec<u64> = ranges.faults.iter().map(|f| f.line).collect();
        assert_eq!((ranges.of.len(), lines), (2, (2..=12).collect()), "{:?}", ranges.faults);
        assert_eq!(ranges.unread, 11);
        let long = [b"4.0.0.0/8,".as_slice(), &[b'x'; 101]].concat();
        assert_eq!(read(&long).unread, 1);
        let many: String = (0..100).map(|_| "no line\n").collect();
        let many = read(many.replace("no", "no 1").as_bytes());
        assert_eq!((many.unread, many.faults.len()), (100, MOST_FAULTS));
    }
}
