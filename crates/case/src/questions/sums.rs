//! What is summed over the requests of an actor, in memory that does not grow with them.

use super::actor::Others;
use std::collections::BTreeMap;

/// Others listed, most requests first.
const MOST_LISTED: usize = 50;
/// Others counted one by one; further ones are counted together.
const MOST_COUNTED: usize = 50_000;

/// Counts of stored values; the values become text at the end.
#[derive(Default)]
pub struct Tops {
    pub of: BTreeMap<Vec<u8>, u64>,
    pub more: bool,
}

impl Tops {
    pub fn add(&mut self, value: Option<Vec<u8>>) {
        self.add_count(value, 1);
    }
    pub fn add_count(&mut self, value: Option<Vec<u8>>, n: u64) {
        let Some(value) = value else { return };
        if self.of.len() >= MOST_COUNTED && !self.of.contains_key(&value) {
            self.more = true;
            return;
        }
        *self.of.entry(value).or_default() += n;
    }
    pub fn others(self) -> Others {
        let distinct = self.of.len() as u64;
        let mut top: Vec<(String, u64)> =
            self.of.into_iter().map(|(v, n)| (String::from_utf8_lossy(&v).into_owned(), n)).collect();
        top.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        top.truncate(MOST_LISTED);
        Others { top, distinct, more: self.more }
    }
}

/// Steps of time in buckets of a twentieth, so that the median and the commonest need no list.
#[derive(Default)]
pub struct Steps {
    buckets: BTreeMap<i64, u64>,
    count: u64,
}

impl Steps {
    /// Tenths of a second up to a minute, then seconds.
    fn bucket(micros: i64) -> i64 {
        if micros < 60_000_000 { micros / 100_000 } else { 600 + (micros - 60_000_000) / 1_000_000 }
    }
    fn seconds(bucket: i64) -> f64 {
        if bucket < 600 { bucket as f64 / 10.0 } else { 60.0 + (bucket - 600) as f64 }
    }
    pub fn add(&mut self, micros: i64) {
        *self.buckets.entry(Self::bucket(micros)).or_default() += 1;
        self.count += 1;
    }
    pub fn median(&self) -> Option<f64> {
        let mut left = self.count / 2;
        self.buckets.iter().find_map(|(b, n)| {
            if *n > left {
                return Some(Self::seconds(*b));
            }
            left -= n;
            None
        })
    }
    /// The commonest step and the share of all steps near it.
    pub fn commonest(&self) -> (Option<f64>, f64) {
        let Some((bucket, _)) = self.buckets.iter().max_by_key(|(b, n)| (**n, std::cmp::Reverse(**b))) else {
            return (None, 0.0);
        };
        let at = Self::seconds(*bucket);
        let near = self.buckets.iter().filter(|(b, _)| (Self::seconds(**b) - at).abs() <= 0.5_f64.max(at / 10.0));
        let n: u64 = near.map(|(_, n)| n).sum();
        (Some(at), n as f64 / self.count.max(1) as f64)
    }
}
