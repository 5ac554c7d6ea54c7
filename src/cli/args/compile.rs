//! The command line of `meshgate compile`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Input, Profile};
use crate::compile;
use crate::mesh::ObjectName;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  configuration was written
  1  errors in the input, or Envoy refuses the configuration; nothing was written
  2  the job could not be done: wrong usage, wrong meshgate.yaml, unreadable path, no manifests, no such Gateway, no Envoy
  3  a bug in meshgate";

/// `meshgate compile`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Args, Clone, Debug)]
pub struct Compile {
    /// What is read.
    #[command(flatten)]
    pub input: Input,

    /// The Gateway, as [CLUSTER/]NAMESPACE/NAME
    ///
    /// Without it, the only one that takes traffic from outside.
    #[arg(long, value_name = "GATEWAY", help_heading = "Gateways")]
    pub gateway: Option<ObjectName>,
    /// All Gateways but waypoints and east-west gateways
    #[arg(long, conflicts_with = "gateway", help_heading = "Gateways")]
    pub all: bool,
    /// Whose order of rules holds
    #[arg(long, value_enum, value_name = "PROFILE", default_value_t, help_heading = "Gateways")]
    pub profile: Profile,
    /// Go on with errors in the input: what is broken gets the answers that the Gateway API prescribes
    #[arg(long, help_heading = "Gateways")]
    pub keep_going: bool,

    /// How backends are found
    #[arg(long, value_enum, value_name = "MODE", default_value_t, help_heading = "Backends")]
    pub endpoints: Endpoints,
    /// Where one backend is: NS/SVC:PORT=ADDR:PORT or hostname/HOST:PORT=ADDR:PORT; may be given several times
    #[arg(long, value_name = "BACKEND=ADDR:PORT", help_heading = "Backends")]
    pub endpoint: Vec<Endpoint>,
    /// Where one port of the Gateway listens: PORT=ADDR:PORT, or PORT/UDP=ADDR:PORT; may be given several times
    ///
    /// Without it, a listener listens on its own port of all addresses.
    #[arg(long, value_name = "PORT=ADDR:PORT", help_heading = "Backends")]
    pub listen: Vec<compile::Listen>,

    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Output")]
    pub format: CompileFormat,
    /// The file or folder to write; standard output without it
    ///
    /// A name that ends in `.json` is written as JSON, any other as YAML. A folder gets a file (or, for xds-files, a folder)
    /// for each Gateway.
    #[arg(short, long, value_name = "FILE|DIR", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Where certificates and keys go
    ///
    /// Unless said, into files beside what is written, and nowhere on standard output.
    #[arg(long, value_enum, value_name = "WHERE", help_heading = "Output")]
    pub secrets: Option<Secrets>,
    /// Leave out from which file and line each object comes
    #[arg(long, help_heading = "Output")]
    pub no_places: bool,

    /// Ask a real Envoy before anything is written
    #[arg(long, help_heading = "Envoy")]
    pub validate: bool,
    /// The Envoy to ask; unless said, that of ENVOY_BIN, or the one on the PATH
    #[arg(long, value_name = "PATH", requires = "validate", help_heading = "Envoy")]
    pub envoy: Option<PathBuf>,
}

/// A backend and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The backend.
    pub backend: compile::Key,
    /// Address and port.
    pub at: (String, u16),
}

impl std::str::FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (backend, at) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=ADDR:PORT`"))?;
        let at = compile::host_and_port(at).ok_or_else(|| format!("`{at}` is not ADDR:PORT"))?;
        Ok(Self { backend: backend.parse()?, at })
    }
}

/// How `meshgate compile` finds backends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Endpoints {
    /// By EndpointSlices, else addresses of Services, else names: what the input holds
    #[default]
    Auto,
    /// By the addresses of Services
    Vip,
    /// By the names of Services
    Dns,
    /// By the addresses of pods, from EndpointSlices
    Pods,
    /// Left to a server or a folder of endpoints
    Eds,
}

impl From<Endpoints> for compile::EndpointMode {
    fn from(mode: Endpoints) -> Self {
        match mode {
            Endpoints::Auto => Self::Auto,
            Endpoints::Vip => Self::Vip,
            Endpoints::Dns => Self::Dns,
            Endpoints::Pods => Self::Pods,
            Endpoints::Eds => Self::Eds,
        }
    }
}

/// What `meshgate compile` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CompileFormat {
    /// One file that Envoy starts from
    #[default]
    Bootstrap,
    /// A folder of files that Envoy reads again when they change
    XdsFiles,
    /// What Envoy's admin interface would print
    ConfigDump,
}

impl From<CompileFormat> for compile::Format {
    fn from(format: CompileFormat) -> Self {
        match format {
            CompileFormat::Bootstrap => Self::Bootstrap,
            CompileFormat::XdsFiles => Self::XdsFiles,
            CompileFormat::ConfigDump => Self::ConfigDump,
        }
    }
}

/// Where certificates and keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Secrets {
    /// Into the configuration
    Inline,
    /// Into files beside it
    Files,
    /// Nowhere
    Redact,
}
