//! Where things stand on the sheet.

use super::facts::{Facts, Item};
use super::pdf::{self, Font, HEIGHT, Sheet, WIDTH};
use super::wording::{DECLARATION, Language, SIGNATURE_FIELDS, SIGNERS, Wording};
use super::words::words_of_root;
use crate::error::{CaseError, Result};
use qrcode::{Color, EcLevel, QrCode};

const LEFT: f32 = 50.0;
const RIGHT: f32 = WIDTH - 50.0;
/// Nothing but the foot of the sheet stands below.
const BOTTOM: f32 = HEIGHT - 50.0;
/// Room of the declaration and the lines to be signed.
const SIGNATURES: f32 = 138.0;
const QR_SIDE: f32 = 118.0;
/// Longest name of evidence that is printed, characters.
const MOST_NAME: usize = 60;
/// Most items that are printed; the others are counted.
const MOST_ITEMS: usize = 1000;

/// Sheets that are filled from the top.
struct Paper {
    sheets: Vec<Sheet>,
    y: f32,
    wording: &'static Wording,
    id: String,
}

impl Paper {
    fn sheet(&mut self) -> &mut Sheet {
        if self.sheets.is_empty() {
            self.sheets.push(Sheet::new());
        }
        let last = self.sheets.len() - 1;
        &mut self.sheets[last]
    }
    fn put(&mut self, x: f32, font: Font, size: f32, text: &str) {
        let y = self.y;
        self.sheet().text(x, y, font, size, text);
    }
    /// Begins another sheet where less room is left.
    fn need(&mut self, room: f32) {
        if self.y + room <= BOTTOM {
            return;
        }
        self.sheets.push(Sheet::new());
        self.y = 60.0;
        let text = format!("{}  ({})", self.id, self.wording.continued);
        self.put(LEFT, Font::Plain, 9.0, &text);
        self.y += 24.0;
    }
}

pub fn pages(facts: &Facts, language: Language) -> Result<Vec<u8>> {
    let wording = language.wording();
    let mut paper = Paper { sheets: Vec::new(), y: 66.0, wording, id: facts.case.clone() };
    head(&mut paper, facts)?;
    evidence(&mut paper, facts);
    signatures(&mut paper);
    let count = paper.sheets.len();
    for (n, sheet) in paper.sheets.iter_mut().enumerate() {
        sheet.text(LEFT, HEIGHT - 30.0, Font::Plain, 8.0, &format!("casebook/{}", facts.case));
        sheet.text(RIGHT - 20.0, HEIGHT - 30.0, Font::Plain, 8.0, &format!("{} / {count}", n + 1));
    }
    Ok(pdf::file(wording.title, paper.sheets))
}

/// What the QR code holds: `casebook/<uuid> size root`.
fn line_of(facts: &Facts) -> String {
    format!("casebook/{} {} {}", facts.case, facts.head.size, hex::encode(facts.head.root))
}

fn head(paper: &mut Paper, facts: &Facts) -> Result<()> {
    let w = paper.wording;
    paper.put(LEFT, Font::Bold, 20.0, w.title);
    paper.y += 17.0;
    paper.put(LEFT, Font::Plain, 11.0, w.other_title);
    qr(paper.sheet(), RIGHT - QR_SIDE, 44.0, &line_of(facts))?;
    paper.y += 27.0;
    for (label, value) in
        [(w.case, facts.case.clone()), (w.entries, facts.head.size.to_string()), (w.last_entry, facts.time.clone())]
    {
        paper.put(LEFT, Font::Plain, 9.0, label);
        paper.put(LEFT + 75.0, Font::Fixed, 9.5, &value);
        paper.y += 15.0;
    }
    paper.y = 176.0;
    paper.put(LEFT, Font::Plain, 9.0, w.root);
    let digits = hex::encode(facts.head.root);
    let groups: Vec<&str> = (0..16).filter_map(|i| digits.get(i * 4..i * 4 + 4)).collect();
    for row in groups.chunks(8) {
        paper.y += 17.0;
        paper.put(LEFT, Font::Fixed, 14.0, &row.join("  "));
    }
    paper.y += 20.0;
    paper.put(LEFT, Font::Plain, 9.0, w.words);
    for (n, row) in words_of_root(&facts.head.root).chunks(6).enumerate() {
        paper.y += 14.0;
        for (i, word) in row.iter().enumerate() {
            let text = format!("{:>2} {word}", n * 6 + i + 1);
            paper.put(LEFT + 83.0 * i as f32, Font::Fixed, 10.0, &text);
        }
    }
    paper.y += 20.0;
    paper.put(LEFT, Font::Plain, 9.0, w.key);
    if facts.signed_by.is_empty() {
        paper.put(LEFT + 75.0, Font::Plain, 9.0, w.unsigned);
    }
    for (n, key) in facts.signed_by.iter().enumerate() {
        paper.y += if n > 0 { 11.0 } else { 0.0 };
        paper.put(LEFT + 75.0, Font::Fixed, 8.0, &shortened(key, 90));
    }
    paper.y += 9.0;
    for line in w.meaning {
        paper.y += 11.0;
        paper.put(LEFT, Font::Plain, 8.5, line);
    }
    paper.y += 22.0;
    Ok(())
}

/// The code with a quiet zone of four modules, its left upper corner at x, y.
fn qr(sheet: &mut Sheet, x: f32, y: f32, text: &str) -> Result<()> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::M).map_err(|e| CaseError::Output(format!("the QR code: {e}")))?;
    let (width, colours) = (code.width(), code.to_colors());
    let module = QR_SIDE / (width as f32 + 8.0);
    let dark = (0..colours.len()).filter(|i| colours[*i] == Color::Dark);
    let place = |i: usize| (x + module * (4 + i % width) as f32, y + module * (4 + i / width) as f32, module, module);
    sheet.fill(dark.map(place));
    Ok(())
}

fn evidence(paper: &mut Paper, facts: &Facts) {
    let w = paper.wording;
    paper.put(LEFT, Font::Bold, 11.0, w.evidence);
    paper.y += 6.0;
    let y = paper.y;
    paper.sheet().line(LEFT, y, RIGHT);
    paper.y += 14.0;
    if facts.items.is_empty() {
        paper.put(LEFT, Font::Plain, 9.0, w.none);
        paper.y += 14.0;
    }
    for item in facts.items.iter().take(MOST_ITEMS) {
        one(paper, item);
    }
    if let Some(more) = facts.items.len().checked_sub(MOST_ITEMS).filter(|n| *n > 0) {
        paper.put(LEFT, Font::Plain, 9.0, &format!("+ {more}"));
        paper.y += 14.0;
    }
}

fn one(paper: &mut Paper, item: &Item) {
    let w = paper.wording;
    let stored: Vec<(&str, &String)> = [("MD5", &item.stored_md5), ("SHA-1", &item.stored_sha1)]
        .into_iter()
        .filter_map(|(n, v)| Some((n, v.as_ref()?)))
        .collect();
    paper.need(70.0 + 10.5 * stored.len() as f32);
    let title = format!("{}. {}  ({} {})", item.import, shortened(&item.name, MOST_NAME), item.bytes, w.bytes);
    paper.put(LEFT, Font::Bold, 9.5, &title);
    for (label, value) in
        [("MD5", &item.md5), ("SHA-1", &item.sha1), ("SHA-256", &item.sha256), (w.block_root, &item.blocks_root)]
    {
        paper.y += 11.0;
        paper.put(LEFT + 12.0, Font::Plain, 8.5, label);
        paper.put(LEFT + 62.0, Font::Fixed, 8.5, value.as_deref().unwrap_or("-"));
    }
    paper.y += 11.5;
    if stored.is_empty() {
        paper.put(LEFT + 12.0, Font::Plain, 8.5, w.states_nothing);
    } else {
        let verdict = match item.stored_match {
            Some(true) => w.matches,
            Some(false) => w.differs,
            None => "-",
        };
        paper.put(LEFT + 12.0, Font::Plain, 8.5, &format!("{}: {verdict}", w.states));
    }
    for (label, value) in stored {
        paper.y += 10.5;
        paper.put(LEFT + 24.0, Font::Plain, 8.5, label);
        paper.put(LEFT + 62.0, Font::Fixed, 8.5, &shortened(value, 64));
    }
    paper.y += 18.0;
}

/// The declaration and the lines to be signed, at the foot of the last sheet.
fn signatures(paper: &mut Paper) {
    paper.need(SIGNATURES);
    paper.y = BOTTOM - SIGNATURES + 14.0;
    for line in DECLARATION {
        paper.put(LEFT, Font::Plain, 9.5, line);
        paper.y += 14.0;
    }
    for signer in SIGNERS {
        paper.y += 16.0;
        paper.put(LEFT, Font::Bold, 9.5, signer);
        paper.y += 30.0;
        let third = (RIGHT - LEFT) / 3.0;
        for (n, field) in SIGNATURE_FIELDS.iter().enumerate() {
            let x = LEFT + third * n as f32;
            let y = paper.y;
            paper.sheet().line(x, y - 10.0, x + third - 12.0);
            paper.put(x, Font::Plain, 8.0, field);
        }
    }
}

/// The beginning of a text that is too long, with three dots.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
