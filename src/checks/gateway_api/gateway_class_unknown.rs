//! `gateway-class-unknown`: the words are in rules/gateway-class-unknown.md.
use super::prelude::*;

pub(in crate::checks) struct GatewayClassUnknown;

impl Rule for GatewayClassUnknown {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, near, certainty) in mesh.unknown_classes() {
            let class = &gateway.spec.gateway_class_name;
            let help = near.as_ref().map_or_else(|| "name a class that is there".to_owned(), |near| format!("did you mean `{near}`"));
            let draft = out
                .finding(class)
                .about(gateway.object)
                .certainty(certainty)
                .say(format!("Gateway {} is of class `{}`, which nothing here defines", path(gateway.object), **class))
                .label("no such class")
                .note("no controller takes a Gateway of a class that is not there: no proxy runs")
                .help(help.clone());
            match near {
                Some(near) => draft.fix_by_setting(Unsafe, format!("set the class to `{near}`"), class.node(), near),
                None => draft.fix(Manual, help),
            };
        }
    }
}
