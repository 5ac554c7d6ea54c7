//! `peerauth-duplicate`: the words are in rules/peerauth-duplicate.md.
use super::prelude::*;

pub(in crate::checks) struct PeerauthDuplicate;

impl Rule for PeerauthDuplicate {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (first, later) in mesh.rival_peer_authentications() {
            out.finding(name_of(later))
                .about(later)
                .say(format!("{} and {} are for the same pods and differ: the older one wins", first.id, later.id))
                .label("for the same pods")
                .also(name_of(first), "as this one")
                .note("istiod takes the oldest by its time of creation, which no file shows: a new cluster may decide otherwise")
                .help("keep one of them")
                .fix(Manual, "keep one of them");
        }
    }
}
