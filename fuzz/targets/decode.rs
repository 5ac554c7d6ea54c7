//! From files to typed resources and the graph of the mesh.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshgate::lint::Session;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(session) = Session::open(&input::world(bytes), &input::request(bytes)) {
        drop(session.into_mesh());
    }
});
