//! `listenerset-not-allowed`: the words are in rules/listenerset-not-allowed.md.
use super::prelude::*;
use crate::model::Spec;
use serde_json::json;

pub(in crate::checks) struct ListenersetNotAllowed;

impl Rule for ListenersetNotAllowed {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            for (set, _) in gateway.listener_sets().into_iter().filter(|(_, taken)| *taken == Fact::Known(false)) {
                let Spec::ListenerSet(content) = &set.resource().spec else { continue };
                let (object, place) = (gateway.object, &content.spec.parent_ref.name);
                let from = namespace_of(set);
                let draft = out
                    .finding(place)
                    .about(set)
                    .say(format!("{} takes no listener sets from {from}", object.id))
                    .label("does not take these listeners");
                let draft = match &gateway.spec.allowed_listeners {
                    Some(allowed) => draft.also(allowed, "leaves the namespace out"),
                    None => draft.also(name_of(object), "takes none: it has no `allowedListeners`"),
                };
                let draft = draft
                    .note("the listener set is `NotAllowed`: nothing listens for it, and routes that name it do not attach")
                    .help(format!("let the Gateway take listener sets from {from} in `allowedListeners`"));
                let title = format!("let the Gateway take listener sets from {from}");
                match (&gateway.spec.allowed_listeners, set.namespace().name()) {
                    (None, Some(namespace)) => {
                        let namespaces = if set.namespace() == object.namespace() {
                            json!({ "from": "Same" })
                        } else {
                            json!({ "from": "Selector", "selector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } } })
                        };
                        draft.fix_by(Unsafe, title, |e| {
                            e.insert(object.node, &["spec", "allowedListeners"], json!({ "namespaces": namespaces }));
                        })
                    }
                    _ => draft.fix(Manual, title),
                };
            }
        }
    }
}
