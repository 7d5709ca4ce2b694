//! The ledger: canonical rows, RFC 9162 trees, entries, checkpoints and proofs. Pure: no file, no
//! clock, no database, no randomness. docs/format.md is the specification.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod hash;
mod text;

mod frontier;
mod paths;
mod ranges;
mod tiles;

mod blocks;
mod members;
mod range_proof;

mod field;
mod keys;
mod row;

mod chain;
mod checkpoint;
mod entry;
mod json;
mod json_read;

mod case_keys;
mod signature;

mod headers;
mod locate;
mod proof;
mod proof_json;

pub mod package;

pub use hash::{EMPTY_ROOT, Hash, TreeHead, leaf_hash, node_hash, sha256};
pub use text::{base64_decode, base64_encode, hash_from_hex, hex_decode, hex_encode};

pub use frontier::{BadFrontier, Frontier};
pub use paths::{verify_consistency, verify_inclusion};
pub use ranges::{MemoryTree, Nodes, consistency_path, inclusion_path, root_of};
pub use tiles::{BadTiles, TILE_HASHES, Tile, TreeBuilder};

pub use blocks::{BLOCK_BYTES, BlockTree, Blocks, NODE_BLOCKS, NODE_BYTES, block_leaf, blocks_of};
pub use members::{Member, members_root};
pub use range_proof::{MAX_RANGE_BLOCKS, RangeFault, RangeProof, prove_range, verify_range};

pub use field::{BadFields, Field, decode_fields};
pub use keys::{CaseKey, ImportKey, Salt};
pub use row::{EncodedRow, Leaves, RowHasher, RowTags, Work, commitment, content_leaf, row_leaf};

pub use chain::{Anchor, Chain, ChainFault, ChainFaultKind};
pub use checkpoint::{Checkpoint, CheckpointFault, MAX_SIGNATURES, SignatureLine};
pub use entry::{ENTRY_VERSION, Entry, EntryFault, EntryHead};
pub use json::{Json, JsonFault, MAX_DEPTH, MAX_INT};

pub use case_keys::{CaseKeys, KeyFault, KeyFaultKind, Signed, rotation_members, rotation_text};
pub use signature::{NoteSigner, SIGNATURE_BYTES, VerifierKey, VerifierKeyFault, is_key_name};

pub use headers::{SourceDigests, Span, header_spans, source_digests};
pub use locate::{Piece, parent_pieces};
pub use proof::{CitedSpan, Proof, ProofBytes, ProofFault, ProofField, ProofReport, ProofRow, import_root};
pub use proof_json::ProofTextFault;
