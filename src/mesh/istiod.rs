//! How istiod is installed: its environment, its network, peering with other clusters.

use super::facts::parse_bool;
use super::platform::Platform;
use crate::model::core::Container;
use crate::model::{Text, Value};
use crate::yaml::{At, NodeId};

/// What the input shows of istiod's installation.
#[derive(Clone, Debug, Default)]
pub(super) struct Istiod {
    env: Vec<(Text, bool)>,
    /// Where variables belong: a mapping and the path of keys below it.
    homes: Vec<(NodeId, &'static [&'static str])>,
    /// Those of the homes whose file sets variables.
    with_env: Vec<NodeId>,
    networks: Vec<At<Text>>,
    peering: Vec<(bool, NodeId)>,
}

impl Platform {
    /// Whether a boolean variable of istiod is on; none where the input does not set it.
    pub fn istiod_switch(&self, name: &str) -> Option<bool> {
        // several files of values are laid over each other, and nothing says in which order
        self.istiod.env.iter().filter(|(own, _)| &**own == name).map(|(_, on)| *on).max()
    }

    /// The mapping and the path below it where variables of istiod belong, when the input shows how it is installed.
    pub fn istiod_home(&self) -> Option<(NodeId, &'static [&'static str])> {
        self.istiod.homes.first().copied()
    }

    /// The networks that installations of istiod and ztunnel name.
    pub fn installed_networks(&self) -> &[At<Text>] {
        &self.istiod.networks
    }

    /// Whether values for istiod switch peering on, and where they say so or would.
    pub fn peering(&self) -> Option<(bool, NodeId)> {
        // values that set istiod's own environment are those of its installation, not a few lines laid over them
        let own = || self.istiod.homes.iter().find(|(node, path)| *path == ["env"] && self.istiod.with_env.contains(node));
        let home = || own().map(|(node, _)| (false, *node));
        self.istiod.peering.iter().max_by_key(|(on, _)| *on).copied().or_else(home)
    }

    /// Notes Helm values of Istio's charts.
    pub(super) fn take_istiod_values(&mut self, values: &At<Value>) {
        for path in [&["pilot", "env"][..], &["env"]] {
            let entries = values.at(path).map_or(&[][..], |env| env.entries());
            if !entries.is_empty() {
                self.istiod.with_env.push(values.node());
            }
            self.istiod.env.extend(entries.iter().map(|(key, value)| ((**key).clone(), is_on(value))));
        }
        let has = |key: &str| values.get(key).is_some();
        if has("pilot") {
            self.istiod.homes.push((values.node(), &["pilot", "env"]));
        } else if has("meshConfig") || has("platforms") || (has("env") && has("global")) {
            self.istiod.homes.push((values.node(), &["env"]));
        }
        let networks = [values.at(&["global", "network"]), values.get("network")];
        let named = networks.into_iter().flatten().filter_map(|v| Some(At::new(v.text().filter(|t| !t.is_empty())?.clone(), v.node())));
        self.istiod.networks.extend(named);
        if let Some(switch) = values.at(&["platforms", "peering", "enabled"]) {
            self.istiod.peering.push((switch.is_true(), switch.node()));
        }
    }

    /// Notes istiod's own container.
    pub(super) fn take_istiod_container(&mut self, container: &Container) {
        let set = container.env.iter().filter_map(|var| Some(((*var.name).clone(), parse_bool(var.value.as_deref()?) == Some(true))));
        self.istiod.env.extend(set);
    }

    /// Notes a network that an operator's resource names.
    pub(super) fn take_network(&mut self, network: &At<Text>) {
        self.istiod.networks.push(network.clone());
    }
}

fn is_on(value: &Value) -> bool {
    value.is_true() || value.text().is_some_and(|text| parse_bool(text) == Some(true))
}
