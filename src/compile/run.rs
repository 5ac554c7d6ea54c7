//! From an input to the configurations of its Gateways.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Compiled, Format, Options, Places, compile, validate};
use crate::lint::{Failure, Linted, Request, Session, Texts};
use crate::mesh::{GatewayView, Mesh, Role};
use crate::model::load::{self, LoadedFile};
use crate::text::{FileId, LineIndex, World};
use crate::yaml::{self, NodeId};

/// Which Gateways are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The only one that takes traffic from outside.
    Only,
    /// All that take traffic from outside.
    All,
    /// One, by `[CLUSTER/]NAMESPACE/NAME`.
    Named(String),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The configurations; or the Gateways that there are to choose from, by their names.
    pub compiled: Result<Vec<Compiled>, Vec<String>>,
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
    let mut session = Session::open(world, request)?;
    let compile_them = |mesh: &Mesh, files: &[LoadedFile]| {
        let places = Lines { world, files, lines: RefCell::default() };
        let places: Option<&dyn Places> = options.places.then_some(&places);
        match choose(mesh, wanted) {
            Ok(gateways) => {
                let compiled: Vec<Compiled> = gateways.iter().map(|gateway| compile(*gateway, options, places)).collect();
                let of_shadow = |format| gateways.iter().map(|gateway| validate::shadow(*gateway, options, format)).collect();
                let findings = compiled.iter().flat_map(|compiled| compiled.findings.iter().cloned()).collect();
                (findings, (Ok(compiled), shadow.map(of_shadow).unwrap_or_default()))
            }
            Err(names) => (Vec::new(), (Err(names), Vec::new())),
        }
    };
    let (mut linted, (compiled, shadows)) = session.check_beside(Texts::default(), compile_them)?;
    linted.unreadable = session.into_unreadable();
    Ok(Outcome { compiled, shadows, linted })
}

/// The Gateways that are meant; else the names of those there are.
fn choose<'m>(mesh: &'m Mesh, wanted: &Wanted) -> Result<Vec<GatewayView<'m>>, Vec<String>> {
    let all: Vec<GatewayView<'m>> = mesh.gateways().collect();
    let outside = |gateway: &GatewayView<'_>| matches!(gateway.role(), Role::Ingress | Role::Unknown);
    let named = |text: &str| {
        let mut found: Vec<GatewayView<'m>> = all.iter().filter(|gateway| is_named(**gateway, text)).copied().collect();
        // of one object in several clusters the first is as good as any
        found.dedup_by(|a, b| a.object.resource().node == b.object.resource().node);
        found
    };
    let mut found: Vec<GatewayView<'m>> = match wanted {
        Wanted::Named(text) => named(text),
        Wanted::Only | Wanted::All => all.iter().filter(|gateway| outside(gateway)).copied().collect(),
    };
    found.sort_by_key(|gateway| title(*gateway));
    match (wanted, found.len()) {
        (Wanted::All, 1..) | (_, 1) => Ok(found),
        _ => {
            let mut names: Vec<String> = match wanted {
                Wanted::Named(_) if found.len() > 1 => found.into_iter().map(title).collect(),
                Wanted::Named(_) => all.iter().map(|gateway| title(*gateway)).collect(),
                _ => found.into_iter().map(title).collect(),
            };
            names.sort();
            names.dedup();
            Err(names)
        }
    }
}

/// Whether a Gateway is meant by `[CLUSTER/]NAMESPACE/NAME`; of one without a namespace the name alone.
fn is_named(gateway: GatewayView<'_>, text: &str) -> bool {
    let id = &gateway.object.id;
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [name] => **name == *id.name,
        [namespace, name] => **name == *id.name && id.namespace.name().unwrap_or_default() == *namespace,
        [cluster, namespace, name] => {
            let own = gateway.object.cluster_name().map_or("", |cluster| cluster);
            **name == *id.name && id.namespace.name().unwrap_or_default() == *namespace && own == *cluster
        }
        _ => false,
    }
}

/// A Gateway as `--gateway` takes it.
fn title(gateway: GatewayView<'_>) -> String {
    let id = &gateway.object.id;
    let cluster = gateway.object.cluster_name().map(ToString::to_string);
    let parts = [cluster.unwrap_or_default(), id.namespace.name().unwrap_or_default().to_owned(), id.name.to_string()];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// Lines of nodes; a file is read again when the first of its nodes is asked for.
struct Lines<'l> {
    world: &'l dyn World,
    files: &'l [LoadedFile],
    lines: RefCell<FxHashMap<FileId, Option<Arc<Vec<u32>>>>>,
}

impl Lines<'_> {
    fn of(&self, file: FileId) -> Option<Arc<Vec<u32>>> {
        if let Some(known) = self.lines.borrow().get(&file) {
            return known.clone();
        }
        let text = self.files.get(file.0 as usize).and_then(|file| load::reread(self.world, file).ok());
        let lines = text.map(|text| {
            let (tree, index) = (yaml::read(&text), LineIndex::new(&text));
            let line =
                |n: usize| u32::try_from(index.position(tree.span(u32::try_from(n).unwrap_or_default()).start).line).unwrap_or_default();
            Arc::new((0..tree.nodes.len()).map(line).collect::<Vec<u32>>())
        });
        self.lines.borrow_mut().insert(file, lines.clone());
        lines
    }
}

impl Places for Lines<'_> {
    fn place(&self, node: NodeId) -> Option<String> {
        let shown = &self.files.get(node.file.0 as usize)?.shown;
        let line = *self.of(node.file)?.get(node.index as usize)?;
        Some(format!("{shown}:{line}"))
    }
}
