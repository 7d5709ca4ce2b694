use super::FileSystem;
use crate::Note;
use model::SharedSource;

pub fn open(_volume: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    Ok(None)
}
