use super::extensions::same_file;
use super::file_name::Namespace;
use super::index::Stale;
use super::record::Reference;
use std::collections::BTreeMap;

/// Names out of indexes; those that a record still bears are struck out as the walk passes it.
pub(super) struct StaleNames {
    /// In the order of the records they point to.
    whole: Vec<(Stale, bool)>,
    next: usize,
    /// Those that have lost their record, in the order of parent and name.
    headless: Vec<(Stale, bool)>,
}

/// A name that no record bears any more.
pub(super) struct Left {
    pub stale: Stale,
    /// How often it was found.
    pub copies: u64,
    pub short_name: Option<Vec<u8>>,
}

impl StaleNames {
    pub fn new(names: Vec<Stale>) -> Self {
        let (mut whole, mut headless): (Vec<_>, Vec<_>) =
            names.into_iter().map(|n| (n, false)).partition(|(n, _)| n.file.is_some());
        whole.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
        headless.sort_by(|(a, _), (b, _)| headless_order(a).cmp(&headless_order(b)));
        Self { whole, next: 0, headless }
    }

    /// Strikes out the names that `record` bears; records come in rising order.
    pub fn strike<'n>(&mut self, record: Reference, in_use: bool, names: impl Iterator<Item = (Reference, &'n [u8])> + Clone) {
        let number = |s: &Stale| s.file.map_or(0, |f| f.record);
        while self.whole.get(self.next).is_some_and(|(s, _)| number(s) < record.record) {
            self.next = self.next.saturating_add(1);
        }
        let rest = self.whole.get_mut(self.next..).unwrap_or_default();
        for (stale, known) in rest.iter_mut().take_while(|(s, _)| number(s) == record.record) {
            let same = stale.file.is_some_and(|f| same_file(f.sequence, record.sequence, in_use));
            *known |= same && names.clone().any(|(parent, name)| stale.parent.record == parent.record && stale.name == name);
        }
        if self.headless.is_empty() {
            return;
        }
        for (parent, name) in names {
            let key = (parent.record, name);
            let first = self.headless.partition_point(|(s, _)| (s.parent.record, s.name.as_slice()) < key);
            let rest = self.headless.get_mut(first..).unwrap_or_default();
            for (_, known) in rest.iter_mut().take_while(|(s, _)| (s.parent.record, s.name.as_slice()) == key) {
                *known = true;
            }
        }
    }

    /// What no record bears any more: each name once.
    pub fn rest(self) -> Vec<Left> {
        let mut out: Vec<Left> = Vec::new();
        // Where a name of a folder stands in `out`, so that headless copies find it.
        let mut places: BTreeMap<(Reference, Vec<u8>), usize> = BTreeMap::new();
        for stale in self.whole.into_iter().filter(|(_, known)| !known).map(|(s, _)| s) {
            if let Some(last) = out.last_mut().filter(|l| l.stale.file == stale.file && l.stale.parent == stale.parent) {
                if last.stale.name == stale.name {
                    last.copies = last.copies.saturating_add(1);
                    continue;
                }
                // Sorted: the long names of a file in a folder come before its short one.
                if stale.namespace == Namespace::Dos && last.stale.namespace == Namespace::Win32 {
                    last.short_name = Some(stale.name);
                    continue;
                }
            }
            places.insert((stale.parent, stale.name.clone()), out.len());
            out.push(Left { stale, copies: 1, short_name: None });
        }
        for stale in self.headless.into_iter().filter(|(_, known)| !known).map(|(s, _)| s) {
            let key = (stale.parent, stale.name.clone());
            match places.get(&key).and_then(|i| out.get_mut(*i)) {
                Some(there) => there.copies = there.copies.saturating_add(1),
                None => {
                    places.insert(key, out.len());
                    out.push(Left { stale, copies: 1, short_name: None });
                }
            }
        }
        out
    }
}

type Order<'a> = (Option<Reference>, Reference, bool, &'a [u8], bool, Option<&'a (u64, u64)>);

/// Long names before short ones, listed copies before those in slack, then by place.
fn order(s: &Stale) -> Order<'_> {
    (s.file, s.parent, s.namespace == Namespace::Dos, &s.name, !s.listed, s.origin.first())
}

fn headless_order(s: &Stale) -> (u64, &[u8], Reference, Option<&(u64, u64)>) {
    (s.parent.record, &s.name, s.parent, s.origin.first())
}
