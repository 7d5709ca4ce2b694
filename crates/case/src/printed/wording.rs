//! The words of the sheet. What both parties sign stands in both languages.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Korean,
}

pub struct Wording {
    pub title: &'static str,
    pub other_title: &'static str,
    pub case: &'static str,
    pub entries: &'static str,
    pub last_entry: &'static str,
    pub root: &'static str,
    pub words: &'static str,
    pub key: &'static str,
    pub unsigned: &'static str,
    pub evidence: &'static str,
    pub none: &'static str,
    pub bytes: &'static str,
    pub block_root: &'static str,
    pub states: &'static str,
    pub matches: &'static str,
    pub differs: &'static str,
    pub states_nothing: &'static str,
    pub meaning: [&'static str; 3],
    pub continued: &'static str,
}

pub const ENGLISH: Wording = Wording {
    title: "Statement of hash values",
    other_title: "해시값 확인서",
    case: "Case",
    entries: "Entries",
    last_entry: "Newest entry",
    root: "Root over the entries (SHA-256, RFC 9162)",
    words: "The same root in words (BIP-39, English; the last word checks the others; no secret)",
    key: "Signed by",
    unsigned: "not signed with a key; rests on this sheet",
    evidence: "Evidence",
    none: "no evidence was imported",
    bytes: "bytes",
    block_root: "Blocks",
    states: "The container states",
    matches: "the same as computed",
    differs: "NOT the same as computed",
    states_nothing: "The container states no hash value.",
    meaning: [
        "Whoever keeps this sheet can tell later whether the case still begins with these entries:",
        "casebook verify CASE --since FILE, where FILE holds the number of entries and the root.",
        "It does not show that the evidence was genuine before it was imported.",
    ],
    continued: "continued",
};

pub const KOREAN: Wording = Wording {
    title: "해시값 확인서",
    other_title: "Statement of hash values",
    case: "사건 ID",
    entries: "기록 수",
    last_entry: "마지막 기록",
    root: "기록 전체의 루트 (SHA-256, RFC 9162)",
    words: "같은 루트를 낱말로 적은 것 (BIP-39 영어, 마지막 낱말로 검산, 비밀 아님)",
    key: "서명 키",
    unsigned: "키로 서명되지 않음. 이 문서가 근거가 됨",
    evidence: "증거",
    none: "가져온 증거 없음",
    bytes: "바이트",
    block_root: "블록",
    states: "컨테이너에 적힌 값",
    matches: "계산한 값과 같음",
    differs: "계산한 값과 다름",
    states_nothing: "컨테이너에 적힌 해시값 없음.",
    meaning: [
        "이 문서를 보관한 사람은 사건 파일이 이 기록들로 시작하는지 나중에 확인할 수 있다:",
        "casebook verify CASE --since FILE (FILE에는 기록 수와 루트를 적는다).",
        "가져오기 전의 증거가 진정한 것이었음을 보이지는 않는다.",
    ],
    continued: "이어짐",
};

impl Language {
    pub fn wording(self) -> &'static Wording {
        match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        }
    }
}

/// What is signed, in both languages.
pub const DECLARATION: [&str; 2] =
    ["위 해시값을 확인하였습니다.", "I have compared the hash values above with those on the screen, and they are the same."];
/// Who signs.
pub const SIGNERS: [&str; 2] = ["확인자 / Examiner", "참여인 / Present"];
pub const SIGNATURE_FIELDS: [&str; 3] = ["성명 / Name", "서명 / Signature", "일자 / Date"];
