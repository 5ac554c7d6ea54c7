//! What is known of the pods behind a workload or a Gateway.

use super::classes::Product;
use super::enrolment::DATAPLANE_MODE;
use super::facts::{Fact, LabelAt, fits, parse_bool};
use super::routes::GatewayView;
use super::services::ServiceView;
use super::{Lookup, Mesh, Object};
use crate::model::core::{Container, PodTemplate};
use crate::model::gateway::LabelSelector;
use crate::model::kgateway::{KubeParameters, Parameters};
use crate::model::{Kind, Labels, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// The annotation of a Gateway that says of which type Istio makes its Service.
const SERVICE_TYPE: &str = "networking.istio.io/service-type";
/// The annotation that keeps ztunnel off a pod's inbound traffic.
pub const BYPASS: &str = "ambient.istio.io/bypass-inbound-capture";

/// What is known of a set of pods.
#[derive(Clone, Debug)]
pub struct PodFacts<'m> {
    /// The workload or Gateway that makes them.
    pub owner: Object<'m>,
    /// Their namespace.
    pub namespace: &'m Namespace,
    /// `hostNetwork: true`, where it stands.
    pub host_network: Option<NodeId>,
    labels: Vec<&'m Labels>,
    annotations: Vec<&'m Labels>,
    /// Labels that the product sets itself.
    given: Vec<(&'static str, String)>,
    /// istiod keeps its own gateways out of the mesh unless they ask to be in it.
    opted_out: bool,
    /// Whether there may be labels and annotations that the input does not show (parameters that are not in it).
    open: bool,
    /// Keys whose presence here depends on a version that is not known.
    uncertain: Vec<&'m Labels>,
    /// Whether every label of the pods is known, so that a selector can be decided.
    exact: bool,
}

impl<'m> PodFacts<'m> {
    /// The pods of a workload; none for anything else.
    pub fn of_workload(owner: Object<'m>) -> Option<Self> {
        let Spec::Workload(workload) = &owner.resource().spec else { return None };
        let template = workload.template.as_ref()?;
        let meta = template.metadata.as_deref();
        let host_network = template.spec.as_ref().and_then(|s| s.host_network.as_ref()).filter(|h| ***h).map(At::node);
        Some(Self {
            owner,
            namespace: owner.namespace(),
            host_network,
            labels: meta.and_then(|m| m.labels.as_deref()).into_iter().collect(),
            annotations: meta.and_then(|m| m.annotations.as_deref()).into_iter().collect(),
            given: Vec::new(),
            opted_out: false,
            open: false,
            uncertain: Vec::new(),
            exact: true,
        })
    }

    /// The pods behind a Service of which the input shows none: what their namespace says holds for them.
    pub fn unseen(service: Object<'m>) -> Self {
        Self {
            owner: service,
            namespace: service.namespace(),
            host_network: None,
            labels: Vec::new(),
            annotations: Vec::new(),
            given: Vec::new(),
            opted_out: false,
            open: false,
            uncertain: Vec::new(),
            exact: false,
        }
    }

    /// The number of the container port of that name; none when no container declares it.
    pub fn container_port(&self, name: &str) -> Option<i64> {
        self.template()?.container_ports().find(|p| p.name.as_ref().is_some_and(|n| &***n == name)).map(|p| *p.container_port)
    }

    /// The names of all container ports.
    pub fn container_port_names(&self) -> Vec<&'m At<Text>> {
        self.template().into_iter().flat_map(|t| t.container_ports()).filter_map(|p| p.name.as_ref()).collect()
    }

    /// Whether a container declares the port.
    pub fn declares_port(&self, number: i64) -> bool {
        self.template().is_some_and(|t| t.container_ports().any(|p| *p.container_port == number))
    }

    /// Whether the containers declare any port at all.
    pub fn declares_ports(&self) -> bool {
        self.template().is_some_and(|t| t.container_ports().next().is_some())
    }

    fn template(&self) -> Option<&'m At<PodTemplate>> {
        match &self.owner.resource().spec {
            Spec::Workload(workload) => workload.template.as_ref(),
            _ => None,
        }
    }

    /// Where the pods of a workload are written down; for a Pod that is the object itself.
    pub(super) fn template_node(&self) -> Option<NodeId> {
        self.template().map(At::node)
    }

    /// A label of the pods.
    pub fn label(&self, key: &str) -> Fact<Option<LabelAt<'m>>> {
        match self.look(&self.labels, key) {
            Fact::Known(None) if self.opted_out && key == DATAPLANE_MODE => Fact::Known(Some(LabelAt { value: "none", node: None })),
            fact => fact,
        }
    }

    /// An annotation of the pods.
    pub fn annotation(&self, key: &str) -> Fact<Option<LabelAt<'m>>> {
        self.look(&self.annotations, key)
    }

    fn look(&self, sources: &[&'m Labels], key: &str) -> Fact<Option<LabelAt<'m>>> {
        if self.uncertain.iter().any(|labels| labels.get(key).is_some()) {
            return Fact::Unknown;
        }
        match sources.iter().find_map(|labels| LabelAt::of(labels, key)) {
            Some(label) => Fact::Known(Some(label)),
            None if self.open => Fact::Unknown,
            None => Fact::Known(None),
        }
    }

    /// A label of the pods that anybody may have set: the input does not show all that a controller adds.
    pub(super) fn label_of_any_kind(&self, key: &str) -> Fact<Option<&str>> {
        match self.label(key) {
            Fact::Known(Some(label)) => Fact::Known(Some(label.value)),
            Fact::Known(None) => match self.given.iter().find(|(k, _)| *k == key) {
                Some((_, value)) => Fact::Known(Some(value)),
                // what the mesh reads is not among the labels that controllers add
                None if self.exact || key == DATAPLANE_MODE => Fact::Known(None),
                None => Fact::Unknown,
            },
            Fact::Unknown => Fact::Unknown,
        }
    }

    /// Whether a selector takes these pods.
    pub fn selected_by(&self, selector: &Labels) -> Fact<bool> {
        let mut answer = Fact::Known(true);
        for (key, wanted) in selector {
            match self.label_of_any_kind(key) {
                Fact::Known(Some(value)) if value == &***wanted => {}
                Fact::Known(_) => return Fact::Known(false),
                Fact::Unknown => answer = Fact::Unknown,
            }
        }
        answer
    }

    /// As [`PodFacts::selected_by`], for a selector with expressions.
    pub fn selected_by_expressions(&self, selector: &LabelSelector) -> Fact<bool> {
        // labels first: one that differs decides, whatever the expressions say
        match selector.match_labels.as_deref().map_or(Fact::Known(true), |labels| self.selected_by(labels)) {
            Fact::Known(true) => fits(selector, |key| self.label_of_any_kind(key)),
            other => other,
        }
    }

    /// The annotation that keeps ztunnel off what the pods receive, whatever its value.
    pub fn bypass(&self) -> Fact<Option<LabelAt<'m>>> {
        self.annotation(BYPASS)
    }

    /// Whether ztunnel is told to keep off what the pods receive.
    pub fn is_bypassed(&self) -> bool {
        self.bypass().known().flatten().is_some_and(|label| parse_bool(label.value) == Some(true))
    }

    /// Whether the annotation is there with a value that Istio cannot read.
    pub fn has_unread_bypass(&self) -> bool {
        self.bypass().known().flatten().is_some_and(|label| is_unread_bypass(label.value))
    }

    /// The Services of the input that select these pods.
    pub fn services(&self) -> Vec<ServiceView<'m>> {
        let owner = self.owner;
        owner.services_in(self.namespace).filter(|service| service.workloads().iter().any(|pods| pods.owner == owner)).collect()
    }

    /// Whether these look like the pods of an ingress, anybody's: a Service opens them to the outside, or they carry the
    /// labels or the image of a gateway.
    pub fn looks_like_gateway(&self) -> bool {
        let labelled = |key: &str| self.label(key).known().flatten();
        let named = [
            "gateway.networking.k8s.io/gateway-name",
            "gateway.envoyproxy.io/owning-gateway-name",
            "projectcontour.io/owning-gateway-name",
            "gateway.istio.io/managed",
        ];
        let role = ["istio", "app.kubernetes.io/component", "app.kubernetes.io/name", "app", "kgateway", "gloo"];
        let says = |text: &str| ["gateway", "ingress"].iter().chain(&INGRESSES).any(|word| text.contains(word));
        let template = self.template();
        let image = |c: &At<Container>| c.image.as_ref().is_some_and(|image| INGRESSES.iter().any(|word| image.contains(word)));
        named.iter().any(|key| labelled(key).is_some())
            || role.iter().any(|key| labelled(key).is_some_and(|l| says(l.value)))
            || says(&self.owner.id.name)
            || template.is_some_and(|t| t.running_containers().any(image))
            || self.services().iter().any(ServiceView::is_open_to_outside)
    }

    /// Whether the labels of the pods or of their namespace ask for the mesh, whatever comes of it.
    pub fn asks_for_mesh(&self) -> bool {
        let ambient = |label: Option<LabelAt<'_>>| label.map(|l| l.value == "ambient");
        let namespace = || ambient(self.owner.namespace_label(self.namespace, DATAPLANE_MODE).known().flatten());
        ambient(self.label(DATAPLANE_MODE).known().flatten()).or_else(namespace) == Some(true)
    }

    /// The label that enrols these pods or keeps them out, as it is written in the input.
    pub fn mode_label(&self) -> Option<LabelAt<'m>> {
        self.label(DATAPLANE_MODE).known().flatten().filter(|label| label.node.is_some())
    }
}

/// Whether Istio cannot read a value of the bypass annotation. Empty is what patches leave of an annotation.
pub(super) fn is_unread_bypass(value: &str) -> bool {
    !value.is_empty() && parse_bool(value).is_none()
}

/// Words in images of ingress controllers.
const INGRESSES: [&str; 11] =
    ["ingress", "traefik", "contour", "haproxy", "kong", "envoy", "emissary", "apisix", "cloudflared", "caddy", "skipper"];

impl Mesh {
    /// The pods of all workloads.
    pub fn workloads(&self) -> impl Iterator<Item = PodFacts<'_>> {
        WORKLOADS.into_iter().flat_map(|kind| self.objects(kind)).filter_map(PodFacts::of_workload)
    }
}

impl Mesh {
    /// Everywhere that somebody wrote the annotation in which istio-cni says whether it captures a pod. On a Pod istio-cni
    /// wrote it itself.
    pub fn written_redirections(&self) -> Vec<(Object<'_>, LabelAt<'_>)> {
        const REDIRECTION: &str = "ambient.istio.io/redirection";
        let templates = self.workloads().filter(|pods| pods.owner.kind != Kind::Pod);
        let in_templates = templates.filter_map(|pods| Some((pods.owner, pods.annotation(REDIRECTION).known().flatten()?)));
        let kinds = [Kind::Namespace, Kind::Gateway, Kind::Service, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
        let own = kinds.into_iter().flat_map(|kind| self.objects(kind)).filter_map(|o| Some((o, o.own_annotation(REDIRECTION)?)));
        in_templates.chain(own).collect()
    }
}

/// The parameters that shape a Gateway's pods.
pub(super) enum Params<'m> {
    None,
    Found(Object<'m>, &'m Parameters),
    Unknown,
}

impl<'m> GatewayView<'m> {
    /// The pods that the product makes for this Gateway.
    pub fn pods(&self) -> PodFacts<'m> {
        let infrastructure = self.spec.infrastructure.as_deref();
        let (infra_labels, infra_annotations) =
            (infrastructure.and_then(|i| i.labels.as_deref()), infrastructure.and_then(|i| i.annotations.as_deref()));
        let mut facts = PodFacts {
            owner: self.object,
            namespace: self.object.namespace(),
            host_network: None,
            labels: Vec::new(),
            annotations: Vec::new(),
            given: self.given_labels(),
            opted_out: false,
            open: false,
            uncertain: Vec::new(),
            exact: false,
        };
        match self.copies_infrastructure() {
            _ if self.product.made_by_istiod() => {
                // once infrastructure says something, metadata is not copied
                let meta = &self.object.resource().meta;
                let asks = |labels: Option<&Labels>| labels.is_some_and(|l| l.get(DATAPLANE_MODE).is_some());
                facts.opted_out = !asks(infra_labels) && !asks(meta.labels.as_deref());
                facts.labels.extend(infra_labels.or(meta.labels.as_deref()));
                facts.annotations.extend(infra_annotations.or(meta.annotations.as_deref()));
            }
            copies => {
                self.add_parameters(&mut facts);
                match copies {
                    Some(true) => {
                        facts.labels.splice(0..0, infra_labels);
                        facts.annotations.splice(0..0, infra_annotations);
                    }
                    Some(false) => {}
                    None => facts.uncertain.extend(infra_labels.into_iter().chain(infra_annotations)),
                }
            }
        }
        facts
    }

    /// Where the gateway's pods are put on the host's network: by its Parameters, or by whoever deploys them himself.
    pub fn host_network(&self) -> Option<NodeId> {
        let own = |pods: &PodFacts<'_>| {
            pods.label("gateway.networking.k8s.io/gateway-name").known().flatten().is_some_and(|label| label.value == &*self.object.id.name)
        };
        let workloads = || WORKLOADS.iter().flat_map(|kind| self.object.neighbours(*kind, self.object.namespace()));
        self.pods().host_network.or_else(|| workloads().filter_map(PodFacts::of_workload).filter(own).find_map(|pods| pods.host_network))
    }

    /// Whether it asks for a Service that only pods of its cluster reach.
    pub fn is_internal(&self) -> bool {
        let told = [self.own_parameters(), self.class_parameters()].into_iter().find_map(|params| match params {
            Params::Found(_, params) => params.spec.as_ref()?.kube.as_ref()?.service.as_ref()?.kind.as_deref(),
            Params::None | Params::Unknown => None,
        });
        if let Some(kind) = told {
            return &**kind == "ClusterIP";
        }
        let given = self.spec.infrastructure.as_deref().and_then(|i| i.annotations.as_deref()?.get(SERVICE_TYPE));
        let own = || self.object.own_annotation(SERVICE_TYPE).is_some_and(|annotation| annotation.value == "ClusterIP");
        self.product == Product::Istio && given.map_or_else(own, |kind| &***kind == "ClusterIP")
    }

    /// kgateway copies spec.infrastructure to its pods since 2.2; whether Solo's build does is not settled.
    fn copies_infrastructure(&self) -> Option<bool> {
        if self.product == Product::Kgateway { self.object.platform().at_least(Product::Kgateway, "2.2.0") } else { None }
    }

    fn given_labels(&self) -> Vec<(&'static str, String)> {
        let name = self.object.id.name.to_string();
        let mut given = vec![("gateway.networking.k8s.io/gateway-name", name.clone())];
        if self.product.needs_capture() {
            let instance = if self.product == Product::Gloo { format!("gloo-proxy-{name}") } else { name.clone() };
            given.extend([("app.kubernetes.io/name", instance), ("app.kubernetes.io/instance", name)]);
        } else {
            given.push(("istio.io/gateway-name", name));
        }
        given
    }

    fn add_parameters(&self, facts: &mut PodFacts<'m>) {
        for params in [self.own_parameters(), self.class_parameters()] {
            match params {
                Params::None => {}
                Params::Unknown => facts.open = true,
                Params::Found(_, params) => {
                    let Some(spec) = params.spec.as_deref() else { continue };
                    let kube = spec.kube.as_deref();
                    // pods that somebody else deploys, or an overlay over the Deployment: their labels are not to be seen here
                    facts.open |= spec.self_managed.is_some() || kube.is_some_and(|k| k.deployment_overlay.is_some());
                    let template = kube.and_then(|k| k.pod_template.as_deref());
                    facts.host_network = facts.host_network.or(kube.and_then(|kube| host_network(kube)));
                    facts.labels.extend(template.and_then(|t| t.extra_labels.as_deref()));
                    facts.annotations.extend(template.and_then(|t| t.extra_annotations.as_deref()));
                }
            }
        }
    }

    /// The Parameters that the Gateway itself names.
    pub(super) fn own_parameters(&self) -> Params<'m> {
        if let Some(reference) = self.spec.infrastructure.as_deref().and_then(|i| i.parameters_ref.as_deref()) {
            return self.parameters_named(&reference.group, &reference.kind, self.object.namespace(), &reference.name);
        }
        let (Some(annotation), Some((_, group, kind))) =
            (self.object.own_annotation("gateway.kgateway.dev/gateway-parameters-name"), self.product.parameters())
        else {
            return Params::None;
        };
        self.parameters_named(group, kind, self.object.namespace(), annotation.value)
    }

    /// Whether the settings in an object reach its pods.
    pub(super) fn reads_parameters(&self, object: Object<'m>) -> bool {
        [self.own_parameters(), self.class_parameters()].iter().any(|p| matches!(p, Params::Found(found, _) if found.node == object.node))
    }

    fn class_parameters(&self) -> Params<'m> {
        if self.object.platform().class_parameters.iter().any(|name| self.product.parameters().is_some() && !name.is_empty()) {
            // the chart's values give the class parameters, and not all of them may be here
            return Params::Unknown;
        }
        let Some(class) = self.object.class_object(&self.spec.gateway_class_name) else { return Params::None };
        let Spec::GatewayClass(class) = &class.resource().spec else { return Params::Unknown };
        let Some(reference) = class.spec.parameters_ref.as_deref() else { return Params::None };
        let Some(namespace) = &reference.namespace else { return Params::Unknown };
        self.parameters_named(&reference.group, &reference.kind, &Namespace::Named((**namespace).clone()), &reference.name)
    }

    fn parameters_named(&self, group: &str, kind: &str, namespace: &Namespace, name: &str) -> Params<'m> {
        let known = [Product::Kgateway, Product::EnterpriseKgateway, Product::Gloo].iter().filter_map(|p| p.parameters());
        let Some((kind, ..)) = known.into_iter().find(|(_, g, k)| *g == group && *k == kind) else { return Params::Unknown };
        match self.object.find(kind, namespace, name) {
            Lookup::Found(ix) => match self.object.sibling(ix).map(|o| (o, &o.resource().spec)) {
                Some((object, Spec::Parameters(params))) => Params::Found(object, params),
                _ => Params::Unknown,
            },
            Lookup::Ambiguous(_) | Lookup::Missing(_) => Params::Unknown,
        }
    }

    /// The objects that this Gateway (or its class) names as its parameters, found or not: kind and name.
    pub fn names_parameters(&self, object: Object<'m>) -> bool {
        let named = |group: &str, kind: &str, namespace: Option<&str>, name: &str| {
            group == &*object.id.group && kind == &*object.id.kind && name == &*object.id.name && namespace == object.namespace().name()
        };
        let own = self.spec.infrastructure.as_deref().and_then(|i| i.parameters_ref.as_deref());
        if self.object.platform().class_parameters.contains(&object.id.name) {
            return true;
        }
        let same_namespace = self.object.namespace() == object.namespace();
        let by_annotation =
            self.object.own_annotation("gateway.kgateway.dev/gateway-parameters-name").is_some_and(|a| a.value == &*object.id.name);
        let by_class = self.object.class_object(&self.spec.gateway_class_name).is_some_and(|class| {
            let Spec::GatewayClass(class) = &class.resource().spec else { return true };
            class.spec.parameters_ref.as_deref().is_some_and(|r| named(&r.group, &r.kind, r.namespace.as_ref().map(|n| &***n), &r.name))
        });
        own.is_some_and(|r| same_namespace && named(&r.group, &r.kind, object.namespace().name(), &r.name))
            || (same_namespace && by_annotation)
            || by_class
    }
}

/// Where an overlay puts the proxy's pods on the host's network.
fn host_network(kube: &KubeParameters) -> Option<NodeId> {
    let field = kube.deployment_overlay.as_deref()?.at(&["spec", "template", "spec", "hostNetwork"])?;
    field.is_true().then(|| field.node())
}

/// Whether the bypass annotation is all that parameters say.
pub fn only_bypasses_inbound(params: Object<'_>) -> bool {
    bypasses_inbound(params) && matches!(&params.resource().spec, Spec::Parameters(spec) if spec.is_one_annotation())
}

/// Whether parameters put the bypass annotation on pods.
pub fn bypasses_inbound(params: Object<'_>) -> bool {
    let Spec::Parameters(spec) = &params.resource().spec else { return false };
    let annotations = spec.pod_template().and_then(|t| t.extra_annotations.as_deref());
    annotations.and_then(|a| a.get(BYPASS)).is_some_and(|value| parse_bool(value) == Some(true))
}

/// The kinds that make pods.
pub(super) const WORKLOADS: [Kind; 7] =
    [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicaSet, Kind::Pod, Kind::Job, Kind::CronJob];
