//! All fixes: they come to an end, none is dropped for a bug of ours, and a second run finds nothing to do.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshgate::fix::{End, Options, fix};

fuzz_target!(|bytes: &[u8]| {
    let options = Options { unsafe_fixes: true, only: Vec::new() };
    let (world, request) = (input::world(bytes), input::request(bytes));
    let Ok(fixed) = fix(&world, &request, &options) else { return };
    assert!(matches!(fixed.end, End::Settled), "{:?}", fixed.end);
    assert!(fixed.dropped.iter().all(|dropped| !dropped.bug), "{:?}", fixed.dropped);
    let again = fixed.files.iter().fold(world, |world, file| world.with(&file.path, file.after.as_bytes()));
    let again = fix(&again, &request, &options).expect("it was read before");
    assert!(again.files.is_empty(), "{:?}", again.files);
});
