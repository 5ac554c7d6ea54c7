//! From an input to the configurations of its Gateways.

use std::collections::BTreeSet;

use smol_str::format_smolstr;

use super::refuse::RULE;
use super::{Compiled, Format, Options, Places, compile, validate};
use crate::checks::{Finding, Place, Severity};
use crate::lint::{Failure, Linted, NodeLines, Request, Session, Texts};
use crate::mesh::{GatewayView, Mesh, NoGateway, ObjectName};
use crate::model::Text;
use crate::model::load::LoadedFile;
use crate::text::World;
use crate::yaml::NodeId;

/// Which Gateways are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The only one that takes traffic from outside.
    Only,
    /// All that take traffic from outside.
    All,
    /// This one.
    Named(ObjectName),
}

/// Why there is nothing to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotChosen {
    /// The name is not one Gateway's.
    Named(NoGateway),
    /// There are several, by their names.
    Several(Vec<String>),
    /// None takes traffic from outside.
    None,
    /// The input defines one of this name more than once, in places that are not applied together.
    Twice(String),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The configurations; or why there are none.
    pub compiled: Result<Vec<Compiled>, NotChosen>,
    /// As bootstraps that Envoy can be asked about, where that was wished; one for each configuration.
    pub shadows: Vec<String>,
    /// All findings: those of `lint`, and those of compiling.
    pub linted: Linted,
}

/// Compiles Gateways of an input.
///
/// # Errors
/// What keeps it from saying anything; findings are no error.
pub fn run(world: &dyn World, request: &Request, wanted: &Wanted, options: &Options, shadow: Option<Format>) -> Result<Outcome, Failure> {
    let request = Request { lines: options.places, ..request.clone() };
    let mut session = Session::open(world, &request)?;
    let compile_them = |mesh: &Mesh, files: &[LoadedFile], lines: &NodeLines| {
        let places = Lines { files, lines };
        let places: Option<&dyn Places> = options.places.then_some(&places);
        match choose(mesh, wanted) {
            Ok(gateways) => {
                let compiled: Vec<Compiled> = gateways.iter().map(|gateway| compile(*gateway, options, places)).collect();
                let of_shadow = |format| gateways.iter().map(|gateway| validate::shadow(*gateway, options, format)).collect();
                let findings = compiled.iter().flat_map(|compiled| compiled.findings.iter().cloned()).collect();
                (findings, (Ok(compiled), shadow.map(of_shadow).unwrap_or_default()))
            }
            Err(why) => (Vec::new(), (Err(why), Vec::new())),
        }
    };
    let (mut linted, (compiled, shadows)) = session.check_beside(Texts::default(), compile_them)?;
    linted.unreadable = session.into_unreadable();
    let covered = compiled.iter().flatten().flat_map(|one| one.covered.iter().copied()).collect();
    one_for_each_problem(&mut linted.findings, &covered);
    Ok(Outcome { compiled, shadows, linted })
}

/// Leaves out what rules of `lint` have found too: what compiling warns of where one has found an error in the same resource,
/// what one has found at the very place, and what a certain rule has found in the resource.
fn one_for_each_problem(findings: &mut Vec<Finding>, covered: &BTreeSet<(NodeId, &'static str)>) {
    let name = |finding: &Finding| finding.resource.as_ref().map(|id| (id.kind.clone(), id.namespace.clone(), id.name.clone()));
    let of_rules = findings.iter().filter(|finding| &*finding.rule != RULE);
    let known: Vec<_> =
        of_rules.filter_map(|finding| Some((finding.rule.clone(), finding.severity, finding.primary.place, name(finding)?))).collect();
    findings.retain(|finding| {
        if &*finding.rule != RULE {
            return true;
        }
        let (own, place) = (name(finding), finding.primary.place);
        let about: Vec<_> = known.iter().filter(|(.., other)| own.as_ref() == Some(other)).collect();
        let error_too = |(_, severity, at, _): &&(_, Severity, Place, _)| {
            *severity == Severity::Error && (finding.severity < Severity::Error || *at == place)
        };
        let named = |rule: &str| about.iter().any(|(other, ..)| &**other == rule);
        let rule_too = covered.iter().any(|(node, rule)| place == Place::Node(*node) && named(rule));
        !(about.iter().any(error_too) || rule_too)
    });
}

/// The Gateways that are meant; else the names of those there are.
fn choose<'m>(mesh: &'m Mesh, wanted: &Wanted) -> Result<Vec<GatewayView<'m>>, NotChosen> {
    let mut outside: Vec<GatewayView<'m>> = match wanted {
        Wanted::Named(name) => {
            let found = mesh.gateway_named(name).map(|gateway| vec![gateway]);
            return found.map_err(|why| match why {
                NoGateway::Several(names) if twice(&names).is_some() => NotChosen::Twice(twice(&names).unwrap_or_default()),
                why => NotChosen::Named(why),
            });
        }
        Wanted::Only | Wanted::All => mesh.ingress_gateways().collect(),
    };
    outside.sort_by_cached_key(|gateway| gateway.object.full_name());
    let mut names: Vec<String> = outside.iter().map(|gateway| gateway.object.full_name()).collect();
    let doubled = twice(&names);
    names.dedup();
    match (wanted, names.len(), doubled) {
        (_, 0, _) => Err(NotChosen::None),
        (Wanted::All, _, Some(name)) | (_, 1, Some(name)) => Err(NotChosen::Twice(name)),
        (Wanted::All, ..) | (_, 1, None) => Ok(outside),
        _ => Err(NotChosen::Several(names)),
    }
}

/// A name that stands twice in a sorted list.
fn twice(names: &[String]) -> Option<String> {
    names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first().cloned())
}

/// Lines of nodes, as they were read.
struct Lines<'l> {
    files: &'l [LoadedFile],
    lines: &'l NodeLines,
}

impl Places for Lines<'_> {
    fn place(&self, node: NodeId) -> Option<Text> {
        Some(format_smolstr!("{}:{}", self.files.get(node.file.0 as usize)?.shown, self.lines.line(node)?))
    }
}
