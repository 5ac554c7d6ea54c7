//! `destinationrule-host-miss`: the words are in rules/destinationrule-host-miss.md.
use super::prelude::*;

pub(in crate::checks) struct DestinationruleHostMiss;

impl Rule for DestinationruleHostMiss {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.lost_hosts() {
            let near = found.missing.near.and_then(|ix| found.object.sibling(ix));
            let help = near.map_or_else(|| "name a Service that is there".to_owned(), |near| format!("did you mean `{}`", near.id.name));
            out.finding(found.host)
                .about(found.object)
                .certainty(found.missing.certainty)
                .say(format!("{} is for the host `{}`, and there is no such Service", found.object.id, **found.host))
                .label("no Service of this name")
                .also_at(near.map(name_of), "a Service of a similar name")
                .note(
                    "a rule for a host that nobody asks for is applied to nothing; a name without dots is one of the rule's own namespace",
                )
                .help(help.clone())
                .fix(Manual, help);
        }
        for (rule, backend) in mesh.local_rules_of_global_hosts() {
            let help = format!("set the host to `{}`", **backend.name());
            out.finding(rule.host)
                .about(rule.object)
                .certainty(Likely)
                .say(format!("{} is for `{}`, while routes use the global host `{}`", rule.object.id, **rule.host, **backend.name()))
                .label("the name in its own cluster only")
                .also(backend.name(), "requests go by this host")
                .note("the two hosts are two destinations: what is set for one does not hold for the other")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
