//! The YAML reader: whatever the text, its nodes and comments lie within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshgate::yaml::read;

fuzz_target!(|text: &str| {
    let tree = read(text);
    for node in &tree.nodes {
        assert!(text.get(node.span.start as usize..node.span.end as usize).is_some(), "{node:?}");
    }
    for comment in tree.comments(text) {
        assert!(comment.of(text).starts_with('#'), "{comment:?}");
    }
});
