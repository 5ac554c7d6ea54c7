//! Fixed files, written: each whole, and none when one of them is not what it was.

use std::io;
use std::sync::Arc;

use super::FixedFile;
use crate::model::load::MAX_FILE;
use crate::text::World;

/// Why not all files were written.
#[derive(Debug)]
pub enum WriteFailure {
    /// A file is not what it was when it was read; nothing was written.
    Changed(Arc<str>),
    /// A file could not be written. Those before it were, and stay: a second run completes the work.
    Io {
        /// The file.
        shown: Arc<str>,
        /// Why.
        error: io::Error,
        /// How many files were written before it.
        written: usize,
    },
}

/// Writes fixed files: what is referred to before what refers to it, so that whatever stops it in the middle leaves files that a
/// second run completes.
///
/// # Errors
/// When a file is not what it was, or cannot be written.
pub fn write(world: &dyn World, files: &[FixedFile]) -> Result<(), WriteFailure> {
    let mut order: Vec<&FixedFile> = files.iter().filter(|file| !file.piped).collect();
    order.sort_by_key(|file| file.rank);
    for file in &order {
        let now = world.read(&file.path, MAX_FILE).ok();
        if now.as_deref() != file.before.as_deref().map(str::as_bytes) {
            return Err(WriteFailure::Changed(file.shown.clone()));
        }
    }
    for (written, file) in order.into_iter().enumerate() {
        world.write(&file.path, file.after.as_bytes()).map_err(|error| WriteFailure::Io { shown: file.shown.clone(), error, written })?;
    }
    Ok(())
}
