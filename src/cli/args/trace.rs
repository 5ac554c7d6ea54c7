//! The command line of `meshgate trace`.

use std::path::PathBuf;

use clap::Args;

use super::{Output, OutputFormat, Profile, Reading};
use crate::mesh::ObjectName;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  served: a backend may answer, or the gateway answers below 400 by itself; with --expect: every promise is kept
  1  not served, or files cannot tell; with --expect: a promise is not kept
  2  the job could not be done: wrong usage, wrong URL or file of promises, wrong meshgate.yaml, unreadable path, no manifests
  3  a bug in meshgate";

/// `meshgate trace`.
#[derive(Args, Clone, Debug)]
pub struct Trace {
    /// The URL that is asked for (not with --expect), then files and folders to read; `-` is standard input
    ///
    /// A URL without a scheme is an http one. Its port is that of the listener.
    #[arg(value_name = "URL|PATHS")]
    pub words: Vec<String>,
    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,

    /// The method of the request
    #[arg(short = 'X', long, value_name = "METHOD", help_heading = "Request")]
    pub method: Option<String>,
    /// A header of the request, as `name: value`; may be given several times
    ///
    /// `Host` takes the place of the URL's host; the server name of TLS stays the URL's.
    #[arg(short = 'H', long, value_name = "HEADER", help_heading = "Request")]
    pub header: Vec<String>,
    /// The Gateway that the request comes in at, as [CLUSTER/]NAMESPACE/NAME
    ///
    /// Without it, the only one that takes traffic from outside, or the only one with a route for the host.
    #[arg(long, value_name = "NAME", help_heading = "Request")]
    pub gateway: Option<ObjectName>,
    /// A client in the mesh, as [CLUSTER/]NAMESPACE/SERVICEACCOUNT; without it the request comes from outside
    #[arg(long, value_name = "NAME", help_heading = "Request")]
    pub from: Option<ObjectName>,
    /// The address of the client, for policies that look at it
    #[arg(long, value_name = "IP", help_heading = "Request")]
    pub client_ip: Option<std::net::IpAddr>,
    /// The client calls the Service itself, past all gateways
    #[arg(long, requires = "from", conflicts_with = "gateway", help_heading = "Request")]
    pub east_west: bool,

    /// Suppose that a workload has no endpoints: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "What if")]
    pub down: Vec<ObjectName>,
    /// Suppose that no pod of a workload is ready: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times
    #[arg(long, value_name = "NAME", help_heading = "What if")]
    pub not_ready: Vec<ObjectName>,
    /// In which order rules are tried; `auto` is the order of the product behind each Gateway's class
    #[arg(long, value_enum, value_name = "PROFILE", default_value_t, help_heading = "What if")]
    pub profile: Profile,

    /// Follow the requests of this file, and report those that do not end as it says; may be given several times
    #[arg(long, value_name = "FILE", help_heading = "Promises")]
    pub expect: Vec<PathBuf>,

    /// How to print the way (full or json), or the promises that are not kept
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Output")]
    pub output_format: OutputFormat,
    /// With --expect, print in several formats at once, each to a file or (one of them) to standard output
    #[arg(long, value_name = "FORMAT[=FILE]", conflicts_with = "output_format", help_heading = "Output")]
    pub output: Vec<Output>,
}
