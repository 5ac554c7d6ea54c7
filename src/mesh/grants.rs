//! How a reference into another namespace is let in: by a ReferenceGrant that is nearly right, or by one of its own.

use super::resolve::{Backend, Ungranted};
use super::{Object, Product};
use crate::model::gateway::{GrantTo, ReferenceGrant};
use crate::model::{Kind, Spec};
use crate::yaml::At;

/// The most entries that the API server takes in each list of a ReferenceGrant.
const MOST: usize = 16;

/// What lets a route refer to a Service of another namespace.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening<'m> {
    /// A grant that speaks to these routes alone, of Services by name: one more entry under `to`.
    MoreTo(Object<'m>),
    /// A grant that opens this Service alone: one more entry under `from`.
    MoreFrom(Object<'m>),
    /// A grant of its own, with a name that is free.
    New(String),
}

impl<'m> Backend<'m> {
    /// What would let the reference out, when it is not. None where the namespaces have no names.
    pub fn opening(&self) -> Option<Opening<'m>> {
        let (route, service) = (self.route.object, self.service()?.object);
        let (from, _) = (route.namespace().name()?, service.namespace().name()?);
        let extended = service.neighbours(Kind::ReferenceGrant, service.namespace()).find_map(|object| self.extended(object));
        Some(extended.unwrap_or_else(|| {
            let name = format!("{}-from-{from}", service.id.name);
            // two kinds of routes get two grants
            let kind = if route.kind == Kind::HttpRoute { String::new() } else { format!("-{}", route.id.kind.to_lowercase()) };
            Opening::New(free_name(service, &format!("{name}{kind}")))
        }))
    }

    fn extended(&self, object: Object<'m>) -> Option<Opening<'m>> {
        let Spec::ReferenceGrant(grant) = &object.resource().spec else { return None };
        let (route, service) = (self.route.object, self.service()?.object);
        let named = |to: &GrantTo| to.group.is_empty() && &**to.kind == "Service" && to.name.is_some();
        let speaks_to_these = matches!(grant.from(), [only] if **only.group == *route.id.group
            && **only.kind == *route.id.kind
            && Some(&**only.namespace) == route.namespace().name());
        if speaks_to_these && grant.to().len() < MOST && grant.to().iter().all(|to| named(to)) && self.every_entry_is_read() {
            return Some(Opening::MoreTo(object));
        }
        let opens_this = matches!(grant.to(), [only] if named(only) && only.name.as_ref().is_some_and(|n| ***n == *service.id.name));
        (opens_this && (1..MOST).contains(&grant.from().len())).then_some(Opening::MoreFrom(object))
    }

    /// Whether all that reads the grants of this route takes every entry under `to`; Istio before 1.30 takes the last.
    fn every_entry_is_read(&self) -> bool {
        let istio = self.route.object.platform().istio.as_ref();
        let new = istio.and_then(|v| v.value.before(&"1.30.0".parse().ok()?)) == Some(false);
        let mut gateways = self.route.gateways().peekable();
        new || (gateways.peek().is_some() && gateways.all(|g| g.product != Product::Istio))
    }
}

impl<'m> Ungranted<'m> {
    /// The grant whose entry is passed over, that entry, and a free name for a grant of its own.
    pub fn passed_over(&self) -> Option<(&'m ReferenceGrant, &'m At<GrantTo>, String)> {
        let Self::PassedOver { grant: object, to } = self else { return None };
        let Spec::ReferenceGrant(grant) = &object.resource().spec else { return None };
        let what = to.name.as_ref().map_or("services", |name| name);
        Some((grant, to, free_name(*object, &format!("{}-{what}", object.id.name))))
    }
}

/// A name that no ReferenceGrant beside this object has.
fn free_name(beside: Object<'_>, wanted: &str) -> String {
    let taken = |name: &str| beside.neighbours(Kind::ReferenceGrant, beside.namespace()).any(|grant| *grant.id.name == *name);
    let numbered = (2_usize..).map(|n| format!("{wanted}-{n}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}
