//! What the rules on environment variables of controllers have in common.
use serde_json::json;

use super::prelude::*;
use crate::checks::finding::Edits;
use crate::mesh::{Backend, GatewayView, Product, Remedy, Spot, Switch};

/// For each cluster and product the first backend that needs something of its controller, with the Gateway.
pub(super) fn needing<'m>(mesh: &'m Mesh, needs: impl Fn(Product, &Backend<'m>) -> bool) -> Vec<(GatewayView<'m>, Backend<'m>)> {
    let mut found: Vec<(GatewayView<'m>, Backend<'m>)> = Vec::new();
    for (route, gateway) in mesh.routes().flat_map(|route| route.ingresses().map(move |gateway| (route, gateway))) {
        let same =
            |(other, _): &(GatewayView<'_>, _)| (other.object.cluster(), other.product) == (gateway.object.cluster(), gateway.product);
        if !found.iter().any(same) {
            found.extend(route.backends().find(|backend| needs(gateway.product, backend)).map(|backend| (gateway, backend)));
        }
    }
    found
}

/// A finding where the variable is, or belongs; at the backend, and only possible, when the input does not show how the
/// controller is installed. None when it is on.
pub(super) fn finding<'f>(out: &'f mut Findings, switch: Switch, backend: &Backend<'_>, variable: &str) -> Option<Draft<'f>> {
    let needed = "a backend that needs it";
    Some(match switch {
        Switch::On => return None,
        Switch::Unknown => out.finding(backend.name()).certainty(Possible).label(format!("needs `{variable}`")),
        Switch::Missing(at) => out.finding(Place::KeyOf(at.shown)).label(format!("without `{variable}`")).also(backend.name(), needed),
        Switch::Off(at) => out.finding(at.shown).label("switches it off").also(backend.name(), needed),
        Switch::NotText(at) => out.finding(at.shown).label("needs quotes").also(backend.name(), needed),
    })
}

/// The fix, written where the input shows how the controller is installed. Only backends that lead nowhere without the
/// variable notice it.
pub(super) fn fix<'f>(draft: Draft<'f>, switch: Switch, variable: &str) -> Draft<'f> {
    let Some(at) = switch.spot() else {
        return draft.fix(Manual, format!("set `{variable}` where the controller is installed"));
    };
    let title = match at.remedy {
        Remedy::Text(_) | Remedy::Value(_) => format!("set `{variable}` to \"true\""),
        Remedy::Bool(_) => format!("set `{variable}` to true"),
        Remedy::Entry(_, path) => format!("add `{variable}` with the value \"true\" to `{}`", shown(path)),
        Remedy::Key(_, path) => format!("add `{variable}: true` to `{}`", shown(path)),
    };
    draft.fix_by(Safe, title, |e| switch_on(e, at, variable))
}

/// Switches on what the controllers of gateways need for a backend that is a host, where that is known to be off.
pub(super) fn let_reach_hosts<'m>(edits: &mut Edits, gateways: impl Iterator<Item = GatewayView<'m>>) {
    let lacking = |gateway| super::gg_multinetwork_env::lacking(gateway).or_else(|| super::kgw_istio_integration_env::lacking(gateway));
    let mut done = Vec::new();
    for (at, variable) in gateways.filter_map(lacking) {
        // several Gateways have one controller
        if !done.contains(&at) {
            switch_on(edits, at, variable);
            done.push(at);
        }
    }
}

fn shown(path: &[&str]) -> String {
    path.join(".")
}

/// Writes what switches a variable on.
fn switch_on(edits: &mut Edits, at: Spot, variable: &str) {
    match at.remedy {
        Remedy::Text(value) => edits.set(value, "true"),
        Remedy::Bool(value) => edits.set(value, true),
        Remedy::Value(entry) => edits.insert(entry, &["value"], "true"),
        Remedy::Entry(map, path) => edits.append(map, path, json!({ "name": variable, "value": "true" })),
        Remedy::Key(map, path) => edits.insert(map, &[path, &[variable]].concat(), true),
    };
}
