//! `meshgate init`.

use std::io;
use std::path::Path;

use super::{Exit, Streams};
use crate::config;
use crate::text::World;

const NAME: &str = "meshgate.yaml";

pub(super) fn run(force: bool, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    if !force && world.kind(Path::new(NAME)).is_ok() {
        writeln!(streams.err, "error: there is a {NAME} already; --force overwrites it")?;
        return Ok(Exit::Failed);
    }
    world.write(Path::new(NAME), config::init_text().as_bytes())?;
    writeln!(streams.err, "wrote {NAME}")?;
    Ok(Exit::Clean)
}
