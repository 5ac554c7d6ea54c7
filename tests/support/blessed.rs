//! Files that are written from the code.

use std::path::Path;

/// Whether generated files are to be written, as `cargo bless` asks.
pub(crate) fn blessing() -> bool {
    std::env::var_os("MESHGATE_BLESS").is_some()
}

/// Fails when a file differs from what it should be; writes it when [`blessing`].
pub(crate) fn check(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if blessing() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        return std::fs::write(&file, expected).unwrap();
    }
    let actual = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(actual == expected, "{path} is out of date: run `cargo bless`");
}
