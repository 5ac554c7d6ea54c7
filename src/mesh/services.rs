//! Services and the pods behind them.

use rustc_hash::FxHashMap;

use super::enrolment::Capture;
use super::mtls::{MtlsMode, PeerMode};
use super::pods::{PodFacts, WORKLOADS};
use super::{Edge, Mesh, Object, Vertex};
use crate::model::core::{Service, ServicePort};
use crate::model::{IntOrText, Kind, Labels, Namespace, Spec};
use crate::yaml::At;

/// A Service in one cluster.
#[derive(Clone, Copy, Debug)]
pub struct ServiceView<'m> {
    /// The object.
    pub object: Object<'m>,
    /// What it says.
    pub spec: &'m Service,
}

impl Mesh {
    /// All Services.
    pub fn services(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.objects(Kind::Service).filter_map(ServiceView::of)
    }
}

impl<'m> ServiceView<'m> {
    /// The Service of an object; none for other kinds and broken ones.
    pub fn of(object: Object<'m>) -> Option<Self> {
        match &object.resource().spec {
            Spec::Service(spec) => Some(Self { object, spec }),
            _ => None,
        }
    }

    /// Its ports.
    pub fn ports(&self) -> &'m [At<ServicePort>] {
        self.spec.ports()
    }

    /// The port of that number.
    pub fn port(&self, number: i64) -> Option<&'m At<ServicePort>> {
        self.ports().iter().find(|p| *p.port == number)
    }

    /// Its ports as people list them: `80 and 443`.
    pub fn ports_in_words(&self) -> String {
        in_words(self.ports().iter().map(|p| p.port.to_string()))
    }

    /// Whether it selects pods of its cluster.
    pub fn selects(&self) -> bool {
        self.spec.has_selector() && !self.spec.is_external_name()
    }

    /// The mode of the pods behind a port, when it is STRICT.
    pub fn strict(&self, port: Option<i64>) -> Option<PeerMode> {
        let target = port.and_then(|p| self.port(p)).map(|p| p.target().into_inner());
        let strict = |pods: &PodFacts<'_>| {
            let port = match &target {
                Some(IntOrText::Int(port)) => Some(*port),
                Some(IntOrText::Text(name)) => pods.container_port(name),
                None => None,
            };
            pods.mtls(port).known().filter(|m| m.mode == MtlsMode::Strict)
        };
        let workloads = self.workloads();
        if workloads.is_empty() { strict(&PodFacts::unseen(self.object)) } else { workloads.iter().find_map(strict) }
    }

    /// Whether it has an address that clients outside the cluster can reach.
    pub fn is_open_to_outside(&self) -> bool {
        let kind = self.spec.spec.as_deref().and_then(|s| s.type_.as_ref());
        kind.is_some_and(|kind| matches!(&***kind, "LoadBalancer" | "NodePort"))
    }

    /// Whether it has an address of its own: neither headless nor an ExternalName.
    pub fn has_vip(&self) -> bool {
        !self.spec.is_headless() && !self.spec.is_external_name()
    }

    /// The workloads of the input whose pods it selects.
    pub fn workloads(&self) -> Vec<PodFacts<'m>> {
        self.object
            .edges()
            .filter(|(edge, _)| matches!(edge, Edge::Selects))
            .filter_map(|(_, vertex)| match vertex {
                Vertex::Object { ix, .. } => PodFacts::of_workload(self.object.sibling(*ix)?),
                Vertex::Absent(_) => None,
            })
            .collect()
    }

    /// As [`ServiceView::workloads`], without those whose pods come and go: pods of jobs are no backends.
    pub fn lasting_workloads(&self) -> Vec<PodFacts<'m>> {
        let mut found = self.workloads();
        found.retain(|pods| !matches!(pods.owner.kind, Kind::Job | Kind::CronJob));
        found
    }

    /// The number of a named container port, when pods are in the input and all of them agree, in every cluster that has the
    /// Service.
    pub fn container_port(&self, name: &str) -> Option<i64> {
        let mesh = self.object.mesh();
        let everywhere = (0..mesh.cluster_count()).filter_map(|cluster| ServiceView::of(mesh.object(cluster, self.object.ix)?));
        let mut ports = everywhere.flat_map(|service| service.lasting_workloads()).map(|pods| pods.container_port(name));
        let first = ports.next()??;
        ports.all(|port| port == Some(first)).then_some(first)
    }

    /// Whether its pods are captured: as its workloads in the input say, and as its namespace does when there are none.
    /// With several workloads they must agree.
    pub fn capture(&self) -> Capture<'m> {
        let workloads = self.workloads();
        let mut answers = workloads.iter().map(PodFacts::capture);
        match answers.next() {
            Some(first) => {
                let same = |other: Capture<'_>| std::mem::discriminant(&other) == std::mem::discriminant(&first);
                if answers.all(same) { first } else { Capture::Unknown }
            }
            None => PodFacts::unseen(self.object).capture(),
        }
    }

    /// Finds the workloads that its selector takes; used once, when the graph is built.
    pub(super) fn select(&self, workloads: &ByLabel<'m>) -> Vec<u32> {
        let Some(selector) = self.spec.spec.as_deref().and_then(|s| s.selector.as_deref()).filter(|s| !s.is_empty()) else {
            return Vec::new();
        };
        let (cluster, namespace) = (self.object.cluster, self.object.namespace());
        let labelled = |key: &'m str, value: &'m str| workloads.0.get(&(cluster, namespace, key, value)).map_or(&[][..], Vec::as_slice);
        // whatever is selected has every label, so the rarest one leads to all of it
        let rarest = selector.iter().map(|(key, value)| labelled(key, value)).min_by_key(|found| found.len()).unwrap_or_default();
        rarest
            .iter()
            .filter(|object| self.object.mesh.apart.together(self.object.resource, object.resource))
            .filter(|object| PodFacts::of_workload(**object).is_some_and(|pods| pods.selected_by(selector) == super::Fact::Known(true)))
            .map(|object| object.ix)
            .collect()
    }
}

/// Workloads by cluster, namespace and each label of their pods, in the order of kinds and names.
pub(super) struct ByLabel<'m>(FxHashMap<(usize, &'m Namespace, &'m str, &'m str), Vec<Object<'m>>>);

impl<'m> ByLabel<'m> {
    pub(super) fn of(mesh: &'m Mesh) -> Self {
        let mut all = FxHashMap::<_, Vec<Object<'m>>>::default();
        for object in WORKLOADS.into_iter().flat_map(|kind| mesh.objects(kind)) {
            for (key, value) in pod_labels(object).into_iter().flatten() {
                all.entry((object.cluster, object.namespace(), &***key, &***value)).or_default().push(object);
            }
        }
        let place = |object: &Object<'_>| WORKLOADS.iter().position(|kind| *kind == object.kind);
        for found in all.values_mut() {
            found.sort_by(|a, b| (place(a), &a.id.name, a.ix).cmp(&(place(b), &b.id.name, b.ix)));
            // a key may stand twice
            found.dedup_by_key(|object| object.ix);
        }
        Self(all)
    }
}

fn pod_labels(object: Object<'_>) -> Option<&Labels> {
    let Spec::Workload(workload) = &object.resource().spec else { return None };
    workload.template.as_ref()?.metadata.as_deref()?.labels.as_deref()
}

/// A list as people say it: `a`, `a and b`, `a, b and c`.
pub fn in_words(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    match items.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
