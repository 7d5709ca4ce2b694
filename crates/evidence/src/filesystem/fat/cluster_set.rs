use std::collections::BTreeMap;

const WORDS: usize = 64;

/// A sparse set of cluster numbers.
#[derive(Default)]
pub struct ClusterSet(BTreeMap<u32, Box<[u64; WORDS]>>);

impl ClusterSet {
    /// False when it was there already.
    pub fn insert(&mut self, cluster: u32) -> bool {
        let page = self.0.entry(cluster >> 12).or_insert_with(|| Box::new([0; WORDS]));
        let (word, bit) = place(cluster);
        let Some(word) = page.get_mut(word) else { return false };
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }
    pub fn contains(&self, cluster: u32) -> bool {
        let (word, bit) = place(cluster);
        self.0.get(&(cluster >> 12)).and_then(|page| page.get(word)).is_some_and(|w| w & bit != 0)
    }
}

fn place(cluster: u32) -> (usize, u64) {
    let word = usize::try_from((cluster >> 6) & 63).unwrap_or(0);
    (word, 1u64.checked_shl(cluster & 63).unwrap_or(0))
}
