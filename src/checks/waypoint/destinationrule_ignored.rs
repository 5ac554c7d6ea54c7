//! `destinationrule-ignored`: the words are in rules/destinationrule-ignored.md.
use super::prelude::*;
use crate::mesh::INGRESS_USE_WAYPOINT;

pub(in crate::checks) struct DestinationruleIgnored;

const THROUGH: &str = "add the label `istio.io/ingress-use-waypoint: \"true\"` to the Service";

impl Rule for DestinationruleIgnored {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for rule in mesh.destination_rules() {
            let Some(lost) = rule.unapplied() else { continue };
            let service = path(lost.service.object);
            let message = match (lost.waypoint, lost.ingress) {
                (Some(waypoint), Some(ingress)) => {
                    format!(
                        "{} does not act on traffic from {}: it skips waypoint {}",
                        rule.object.id,
                        ingress.object.id,
                        path(waypoint.object)
                    )
                }
                _ => format!("{} has no effect: Service {service} has no waypoint to apply it", rule.object.id),
            };
            let draft = out
                .finding(rule.setting)
                .about(rule.object)
                .certainty(lost.certainty)
                .say(message)
                .label("only a waypoint does this in ambient mode")
                .also(name_of(lost.service.object), "the Service it is for");
            let draft = match lost.ingress {
                Some(ingress) => draft.also(name_of(ingress.object), "requests come in here"),
                None => draft,
            };
            let draft = draft.note("ztunnel forwards connections and reads no DestinationRule, and kgateway leaves it to the waypoint");
            match lost.waypoint {
                Some(_) => draft.help("label the Service `istio.io/ingress-use-waypoint: \"true\"`").fix_by(
                    if lost.declined { Manual } else { Unsafe },
                    THROUGH,
                    |e| {
                        for object in &lost.unlabelled {
                            e.insert(object.node, &["metadata", "labels", INGRESS_USE_WAYPOINT], "true");
                        }
                    },
                ),
                None => draft
                    .help("bind the Service to a waypoint, and send ingress through it with `istio.io/ingress-use-waypoint: \"true\"`")
                    .fix(Manual, "bind the Service to a waypoint"),
            };
        }
    }
}
