//! Asking a real Envoy.

use super::output::{Format, Written, folded};
use super::{Compiled, Options, SecretsMode, json::without_comments};
use crate::mesh::GatewayView;
use crate::text::World;

/// The folder that a shadow's files name; nobody looks there.
const NOWHERE: &str = "/nowhere";

/// The configuration as one bootstrap that Envoy can be asked about: with secrets in it, whatever the files will have, and
/// with the files of filesystem xDS folded in.
pub fn shadow(gateway: GatewayView<'_>, options: &Options, format: Format) -> String {
    let compiled: Compiled = super::compile_as(gateway, &Options { secrets: SecretsMode::Inline, ..options.clone() }, None, true);
    let mut value = match format {
        Format::XdsFiles => folded(&compiled.files(Format::XdsFiles, NOWHERE)),
        Format::Bootstrap | Format::ConfigDump => {
            let mut files = compiled.files(Format::Bootstrap, NOWHERE);
            files.pop().map(|Written { value, .. }| value).unwrap_or_default()
        }
    };
    without_comments(&mut value);
    value.to_string()
}

/// Where Envoy is: as the command line says, else as `ENVOY_BIN` does, else on the `PATH`.
pub fn find_envoy(world: &dyn World, named: Option<&str>) -> Result<String, String> {
    let (program, said) = match (named, world.variable("ENVOY_BIN").filter(|path| !path.is_empty())) {
        (Some(path), _) => (path.to_owned(), true),
        (None, Some(path)) => (path, true),
        (None, None) => ("envoy".to_owned(), false),
    };
    match world.run(&program, &["--version"]) {
        Ok(ran) if ran.success => Ok(program),
        Ok(_) => Err(format!("{program} does not run")),
        Err(_) if !said => Err("there is no Envoy: name one by --envoy, by ENVOY_BIN, or put it on the PATH".to_owned()),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// What Envoy says about a configuration in a file.
///
/// # Errors
/// Why it would not start with it.
pub fn ask(world: &dyn World, envoy: &str, file: &str) -> Result<(), String> {
    let ran = world.run(envoy, &["--mode", "validate", "-l", "error", "-c", file]).map_err(|error| format!("{envoy}: {error}"))?;
    if ran.success {
        return Ok(());
    }
    let words = [ran.stderr, ran.stdout].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    Err(words.into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| "Envoy refuses it without a word".to_owned()))
}
