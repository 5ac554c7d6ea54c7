//! `hostname-fall-through`: the words are in rules/hostname-fall-through.md.
use super::place_of;
use super::prelude::*;

pub(in crate::checks) struct HostnameFallThrough;

impl Rule for HostnameFallThrough {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for fall in &mesh.order().falls {
            let (Some(own), Some(other)) = (fall.own.route(mesh), fall.by.route(mesh)) else { continue };
            let named = own.hostnames.iter().find(|host| host.eq_ignore_ascii_case(&fall.host));
            let place = named.map_or_else(|| name_of(own.object), Place::from);
            let broader = if &*fall.broader == "*" { "every host".to_owned() } else { format!("`{}`", fall.broader) };
            out.finding(place)
                .about(own.object)
                .say(format!(
                    "requests for `{}` that fit none of its rules do not go on to {}, which has rules for {broader}",
                    fall.host, other.object.id
                ))
                .label("answered by the rules of this host alone")
                .also(place_of(other.object, fall.by), "would take some of them")
                .note("the gateway chooses one host, the narrowest, and answers 404 where none of its rules fits")
                .help("give the host a rule for the rest, if it is meant to be answered");
        }
    }
}
