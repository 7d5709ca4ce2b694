//! Sheets of A4 with text in fonts that every reader has: the standard ones for Latin, and a Korean
//! one that is named and not embedded. Sources: ISO 32000-1 9.6.2.2, 9.7.5.2.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Font {
    Plain,
    Bold,
    /// All characters as wide.
    Fixed,
}

impl Font {
    const ALL: [(Self, &'static [u8], &'static [u8]); 3] =
        [(Self::Plain, b"F1", b"Helvetica"), (Self::Bold, b"F2", b"Helvetica-Bold"), (Self::Fixed, b"F3", b"Courier")];
    fn resource(self) -> Name<'static> {
        Name(Self::ALL.iter().find(|(font, _, _)| *font == self).map_or(b"F1", |(_, name, _)| name))
    }
}

const KOREAN: Name<'static> = Name(b"K1");
const KOREAN_FONT: Name<'static> = Name(b"HYGoThic-Medium");

/// One sheet being drawn; y is measured from the top.
pub struct Sheet(Content);

impl Sheet {
    pub fn new() -> Self {
        Self(Content::new())
    }

    /// A line of text whose foot is at `y`.
    pub fn text(&mut self, x: f32, y: f32, font: Font, size: f32, text: &str) {
        self.0.begin_text();
        self.0.next_line(x, HEIGHT - y);
        for run in runs(text) {
            match run {
                Run::Latin(bytes) => {
                    self.0.set_font(font.resource(), size);
                    self.0.show(Str(&bytes));
                }
                Run::Korean(bytes) => {
                    self.0.set_font(KOREAN, size);
                    self.0.show(Str(&bytes));
                }
            }
        }
        self.0.end_text();
    }

    pub fn line(&mut self, x: f32, y: f32, to_x: f32) {
        self.0.set_line_width(0.6);
        self.0.move_to(x, HEIGHT - y);
        self.0.line_to(to_x, HEIGHT - y);
        self.0.stroke();
    }

    /// Filled rectangles, each (x, y of its top, width, height).
    pub fn fill(&mut self, rectangles: impl IntoIterator<Item = (f32, f32, f32, f32)>) {
        for (x, y, width, height) in rectangles {
            self.0.rect(x, HEIGHT - y - height, width, height);
        }
        self.0.fill_nonzero();
    }
}

enum Run {
    /// Bytes of WinAnsiEncoding.
    Latin(Vec<u8>),
    /// UTF-16, big-endian.
    Korean(Vec<u8>),
}

/// Text by the font that has it. What neither has, and what is not seen, is written as `\u{...}`.
fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    for c in text.chars() {
        match u32::from(c) {
            code @ (0x20..=0x7e | 0xa1..=0xac | 0xae..=0xff) => latin(&mut out, &[code as u8]),
            code @ (0x1100..=0x11ff | 0x3001..=0x30ff | 0x3131..=0x318e | 0x4e00..=0x9fff | 0xac00..=0xd7a3) => {
                let bytes = (code as u16).to_be_bytes();
                match out.last_mut() {
                    Some(Run::Korean(all)) => all.extend(bytes),
                    _ => out.push(Run::Korean(bytes.to_vec())),
                }
            }
            code => latin(&mut out, format!("\\u{{{code:x}}}").as_bytes()),
        }
    }
    out
}

fn latin(out: &mut Vec<Run>, bytes: &[u8]) {
    match out.last_mut() {
        Some(Run::Latin(all)) => all.extend(bytes),
        _ => out.push(Run::Latin(bytes.to_vec())),
    }
}

/// The sheets as a file. Nothing in it depends on the time or the machine.
pub fn file(title: &str, sheets: Vec<Sheet>) -> Vec<u8> {
    let mut next = 0;
    let mut number = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, info) = (number(), number(), number());
    let fonts = Font::ALL.map(|_| number());
    let (korean, descendant, descriptor) = (number(), number(), number());
    let sheets: Vec<(Ref, Ref, Sheet)> = sheets.into_iter().map(|s| (number(), number(), s)).collect();

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(sheets.iter().map(|(page, _, _)| *page)).count(sheets.len() as i32);
    pdf.document_info(info).title(pdf_writer::TextStr(title));
    for ((_, _, base), id) in Font::ALL.iter().zip(fonts) {
        pdf.type1_font(id).base_font(Name(base)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.type0_font(korean).base_font(KOREAN_FONT).encoding_predefined(Name(b"UniKS-UTF16-H")).descendant_font(descendant);
    pdf.cid_font(descendant)
        .subtype(CidFontType::Type0)
        .base_font(KOREAN_FONT)
        .system_info(SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Korea1"), supplement: 1 })
        .font_descriptor(descriptor)
        .default_width(1000.0);
    pdf.font_descriptor(descriptor)
        .name(KOREAN_FONT)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-6.0, -145.0, 1003.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(737.0)
        .stem_v(58.0);
    for (page, content, sheet) in sheets {
        let mut out = pdf.page(page);
        out.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(content);
        let mut resources = out.resources();
        let mut named = resources.fonts();
        for ((font, _, _), id) in Font::ALL.iter().zip(fonts) {
            named.pair(font.resource(), id);
        }
        named.pair(KOREAN, korean);
        named.finish();
        resources.finish();
        out.finish();
        pdf.stream(content, &sheet.0.finish());
    }
    pdf.finish()
}
