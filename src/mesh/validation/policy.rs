//! BackendTLSPolicy.

use super::{Found, said};
use crate::model::Text;
use crate::model::gateway::{BackendTlsPolicySpec, SubjectAltName, SubjectAltNameType};
use crate::yaml::{At, NodeId};

impl Found {
    pub(super) fn backend_tls(&mut self, spec: &BackendTlsPolicySpec) {
        let validation = &spec.validation;
        match (validation.ca_certificate_refs.first(), validation.well_known_ca_certificates.as_ref().filter(|name| !name.is_empty())) {
            (Some(first), Some(known)) => {
                let message = "`caCertificateRefs` and `wellKnownCACertificates` say twice which authorities are believed";
                self.beside(known.node(), first.node(), message, "keep one of them");
            }
            (None, None) => {
                let help = "name a ConfigMap under `caCertificateRefs`, or set `wellKnownCACertificates: System`";
                self.add(validation.node(), "a BackendTLSPolicy says whose certificates are believed, and this one does not", help);
            }
            _ => {}
        }
        validation.subject_alt_names.iter().for_each(|name| self.alt_name(name));
        let target = |n: usize| spec.target_refs.get(n).map(|t| (&**t.group, &**t.kind, &**t.name));
        for (n, later) in spec.target_refs.iter().enumerate() {
            let section = later.section_name.as_deref().filter(|name| !name.is_empty());
            let clash = |other: Option<&Text>| other == section || other.is_some() != section.is_some();
            let mut before = spec.target_refs.iter().enumerate().take(n);
            let earlier =
                before.find(|(m, one)| target(*m) == target(n) && clash(one.section_name.as_deref().filter(|name| !name.is_empty())));
            if let Some((_, earlier)) = earlier {
                let message = if said(earlier.section_name.as_ref()) == section.is_some() {
                    format!("two targetRefs name the same part of {} `{}`", later.kind, later.name)
                } else {
                    format!("of two targetRefs to {} `{}` one has a `sectionName` and the other has none", later.kind, later.name)
                };
                self.beside(later.node(), earlier.node(), message, "name another port in each, or keep one of them");
            }
        }
    }

    fn alt_name(&mut self, name: &At<SubjectAltName>) {
        use SubjectAltNameType::{Hostname, Uri};
        let fields: [(_, _, Option<&At<Text>>); 2] = [(Hostname, "hostname", name.hostname.as_ref()), (Uri, "uri", name.uri.as_ref())];
        for (kind, field, value) in fields {
            let at = |value: Option<&At<Text>>| value.map_or(name.node(), At::node) as NodeId;
            if *name.kind == kind && !said(value) {
                self.add(at(value), format!("a name of type `{kind}` has no `{field}`"), "say the name that the certificate carries");
            } else if *name.kind != kind && said(value) {
                let message = format!("a name of type `{}` has a `{field}`", name.kind);
                self.add(at(value), message, "correct the type, or make two names of it");
            }
        }
    }
}
