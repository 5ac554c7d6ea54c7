//! From the bytes of the fuzzer to files.

use meshgate::lint::Request;
use meshgate::text::MemoryWorld;

/// Divides the files of one input; what stands behind it on its line is the file's name.
const FILE: &[u8] = b"#### ";

/// The files of an input. What comes before the first name is `a.yaml`.
pub fn world(bytes: &[u8]) -> MemoryWorld {
    let mut world = MemoryWorld::default();
    let (mut name, mut content) = ("a.yaml".to_owned(), Vec::new());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some(next) = line.strip_prefix(FILE) {
            world = world.with(&name, std::mem::take(&mut content));
            name = String::from_utf8_lossy(next).trim().to_owned();
        } else {
            content.extend_from_slice(line);
        }
    }
    world.with(&name, content)
}

/// Everything that can be said; the length of the input says whether it is taken for complete.
pub fn request(bytes: &[u8]) -> Request {
    Request { pedantic: true, complete: bytes.len().is_multiple_of(2), ..Request::new(["."]) }
}
