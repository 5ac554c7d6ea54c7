//! The command line of `meshgate status`.

use clap::{Args, ValueEnum};

use super::Input;
use crate::mesh::ObjectName;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  no condition says that something does not work; what is unknown does not count
  1  some condition does
  2  the job could not be done: wrong usage, wrong meshgate.yaml, unreadable path, no manifests, no such Gateway
  3  a bug in meshgate";

/// `meshgate status`.
#[derive(Args, Clone, Debug)]
pub struct Status {
    /// What is read.
    #[command(flatten)]
    pub input: Input,

    /// Show this Gateway and what belongs to it, and nothing else
    ///
    /// Its listener sets, the routes that name it or one of those, and the policies that act through it.
    #[arg(long, value_name = "[CLUSTER/]NAMESPACE/NAME", help_heading = "Output")]
    pub gateway: Option<ObjectName>,
    /// How to print conditions
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Output")]
    pub output_format: AnswerFormat,
}

/// How commands print what is not a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    #[default]
    Full,
    /// For programs
    Json,
}
