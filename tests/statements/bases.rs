//! Working meshes, from which the statements are broken. `### path` begins a file.

/// A Gloo Gateway and a Service in one cluster.
pub(super) const ONE: &str = include_str!("one.yaml");

/// A global host in two clusters, a Gloo Gateway in one of them.
pub(super) const TWO: &str = include_str!("two.yaml");

/// Two clusters in two segments, Solo Enterprise for kgateway in one of them.
pub(super) const SEGMENTS: &str = include_str!("segments.yaml");

/// Solo Enterprise for kgateway in a STRICT mesh, with a waypoint that ingress passes.
pub(super) const WAYPOINT: &str = include_str!("waypoint.yaml");

/// A gateway of class `istio` beside the application, and a waypoint with a route of its own.
pub(super) const ISTIO: &str = include_str!("istio.yaml");
