//! A whole lint, and every place that its findings name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshgate::lint::lint;
use meshgate::report::Sources;

fuzz_target!(|bytes: &[u8]| {
    let Ok(linted) = lint(&input::world(bytes), &input::request(bytes)) else { return };
    for finding in &linted.findings {
        let place = finding.primary.place;
        let (span, text) = (linted.texts.span(place), linted.texts.text(place.file()).unwrap_or_default());
        assert!(text.is_empty() || text.get(span.start as usize..span.end as usize).is_some(), "{finding:?}");
    }
});
