use model::{FieldError, FieldReader};

/// $STANDARD_INFORMATION. Source: ntfsdoc, "$STANDARD_INFORMATION".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardInformation {
    /// FILETIMEs: created, modified, record changed, accessed, as they lie in the structure.
    pub times: [u64; 4],
    /// DOS attribute bits.
    pub attributes: u32,
    /// Key into $Secure:$SDS; None before NTFS 3.0.
    pub security_id: Option<u32>,
    /// Update sequence number: offset of the newest journal record in $UsnJrnl:$J; 0 for none.
    pub usn: Option<u64>,
}

impl StandardInformation {
    pub fn parse(content: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(content, at);
        let mut times = [0; 4];
        for t in &mut times {
            *t = r.u64("file time")?;
        }
        let attributes = r.u32("file attributes")?;
        // The rest came with NTFS 3.0: versions, class id, owner id, security id, quota, USN.
        let (security_id, usn) = if content.len() >= 72 {
            r.seek(52, "security id")?;
            let id = r.u32("security id")?;
            r.skip(8, "quota charged")?;
            (Some(id), Some(r.u64("update sequence number")?))
        } else {
            (None, None)
        };
        Ok(Self { times, attributes, security_id, usn })
    }
}
