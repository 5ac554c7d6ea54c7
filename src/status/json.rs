//! Conditions for programs; `docs/status.md` describes the fields.

use std::io::{self, Write};

use serde::Serialize;

use super::select::taking;
use super::{Counts, Shown};
use crate::mesh::Object;
use crate::mesh::status::{Condition, ListenerStatus};
use crate::model::gateway::GROUP;
use crate::report::escaped;
use crate::yaml::NodeId;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    objects: Vec<Entry<'a>>,
    summary: Counts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    cluster: Option<&'a str>,
    group: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    place: Place<'a>,
    #[serde(flatten)]
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Status<'a> {
    Gateway { conditions: Vec<ConditionEntry<'a>>, attached_listener_sets: usize, listeners: Vec<ListenerEntry<'a>> },
    Set { conditions: Vec<ConditionEntry<'a>>, listeners: Vec<ListenerEntry<'a>> },
    Route { parents: Vec<ParentEntry<'a>> },
    Policy { ancestors: Vec<AncestorEntry<'a>> },
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct ConditionEntry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: &'a str,
    place: Place<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListenerEntry<'a> {
    name: &'a str,
    attached_routes: usize,
    perhaps_attached_routes: usize,
    supported_kinds: Vec<KindEntry>,
    conditions: Vec<ConditionEntry<'a>>,
    place: Place<'a>,
}

#[derive(Serialize)]
struct KindEntry {
    group: &'static str,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentEntry<'a> {
    parent_ref: ParentRef<'a>,
    listeners: Vec<&'a str>,
    conditions: Vec<ConditionEntry<'a>>,
    place: Place<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentRef<'a> {
    group: &'a str,
    kind: &'a str,
    namespace: Option<String>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    section_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AncestorEntry<'a> {
    ancestor_ref: ParentRef<'a>,
    conditions: Vec<ConditionEntry<'a>>,
}

/// Writes one JSON document: version, objects and counts.
pub(super) fn write(shown: &Shown<'_, '_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { version: 1, objects: entries(shown), summary: shown.counts() };
    let text = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escaped(&text))
}

fn entries<'a>(shown: &'a Shown<'a, '_>) -> Vec<Entry<'a>> {
    let selected = shown.selected;
    let gateways = selected.gateways.iter().map(|status| {
        let conditions = shown.conditions(&status.conditions);
        let listeners = status.listeners.iter().map(|listener| shown.listener(listener)).collect();
        let attached_listener_sets = status.attached_listener_sets;
        shown.entry(status.gateway.object, Status::Gateway { conditions, attached_listener_sets, listeners })
    });
    let sets = selected.sets.iter().map(|status| {
        let conditions = shown.conditions(&status.conditions);
        let listeners = status.listeners.iter().map(|listener| shown.listener(listener)).collect();
        shown.entry(status.set, Status::Set { conditions, listeners })
    });
    let routes = selected.routes.iter().map(|(status, parents)| {
        let parents = parents.iter().map(|parent| {
            let reference = parent.parent.reference;
            let namespace = status.route.object.namespace_or_own(reference.namespace.as_deref());
            ParentEntry {
                parent_ref: ParentRef {
                    group: reference.group(),
                    kind: reference.kind(),
                    namespace: namespace.name().map(ToOwned::to_owned),
                    name: &reference.name,
                    section_name: reference.section_name.as_ref().map(|section| section.as_str()),
                    port: reference.port.as_ref().map(|port| **port),
                },
                listeners: taking(parent).iter().map(|name| &**name).collect(),
                conditions: shown.conditions(&parent.conditions),
                place: shown.entry_place(reference.node()),
            }
        });
        shown.entry(status.route.object, Status::Route { parents: parents.collect() })
    });
    let policies = selected.policies.iter().map(|(status, ancestors)| {
        let ancestors = ancestors.iter().map(|ancestor| AncestorEntry {
            ancestor_ref: ParentRef {
                group: ancestor.group,
                kind: ancestor.kind,
                namespace: ancestor.namespace.name().map(ToOwned::to_owned),
                name: ancestor.name,
                section_name: None,
                port: None,
            },
            conditions: shown.conditions(&ancestor.conditions),
        });
        shown.entry(status.policy, Status::Policy { ancestors: ancestors.collect() })
    });
    gateways.chain(sets).chain(routes).chain(policies).collect()
}

impl<'a> Shown<'a, '_> {
    fn entry(&self, object: Object<'a>, status: Status<'a>) -> Entry<'a> {
        let id = &object.resource().id;
        Entry {
            cluster: object.cluster_name().map(|name| &**name),
            group: &id.group,
            kind: &id.kind,
            namespace: id.namespace.name(),
            name: &id.name,
            place: self.entry_place(object.name_place()),
            status,
        }
    }

    fn entry_place(&self, node: NodeId) -> Place<'a> {
        let (file, position) = self.place(node);
        Place { file, line: position.line, column: position.column }
    }

    fn conditions(&self, conditions: &'a [Condition]) -> Vec<ConditionEntry<'a>> {
        let entry = |condition: &'a Condition| ConditionEntry {
            kind: condition.kind.as_str(),
            status: condition.state.as_str(),
            reason: condition.reason.word(),
            message: &condition.message,
            place: self.entry_place(condition.place),
        };
        conditions.iter().map(entry).collect()
    }

    fn listener(&self, status: &'a ListenerStatus<'_>) -> ListenerEntry<'a> {
        ListenerEntry {
            name: status.listener.view.name,
            attached_routes: status.attached_routes,
            perhaps_attached_routes: status.perhaps_routes,
            supported_kinds: status.supported_kinds.iter().map(|kind| KindEntry { group: GROUP, kind: kind.name() }).collect(),
            conditions: self.conditions(&status.conditions),
            place: self.entry_place(status.listener.view.node),
        }
    }
}
