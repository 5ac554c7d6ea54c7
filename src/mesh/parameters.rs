//! The Parameters that Gateways and GatewayClasses refer to, and where an annotation has to stand to reach a Gateway's pods.

use super::classes::Product;
use super::facts::Fact;
use super::index::{Lookup, Missing};
use super::mtls::MtlsMode;
use super::pods::{BYPASS, Params, PodFacts};
use super::routes::GatewayView;
use super::services::ServiceView;
use super::{Mesh, Object};
use crate::model::kgateway::Parameters;
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// Where the bypass annotation is still missing and would reach the pods of a gateway.
#[derive(Clone, Debug)]
pub struct BypassHome<'m> {
    /// The object to write it into; with [`BypassPlace::New`], the Gateway that has to refer to another one.
    pub object: Object<'m>,
    /// Where there.
    pub place: BypassPlace,
}

/// Where in an object, or in which new one.
#[derive(Clone, Debug)]
pub enum BypassPlace {
    /// Annotations below a mapping.
    Below {
        /// The mapping.
        map: NodeId,
        /// The keys that lead to the annotations.
        path: &'static [&'static str],
    },
    /// The pod annotations of Parameters that the Gateway has to refer to and that do not exist yet.
    New {
        /// Their API group; the version is `v1alpha1` for all of them.
        group: &'static str,
        /// Their kind.
        kind: &'static str,
        /// Their name, which nothing else has.
        name: String,
    },
}

const PARAMETERS: &[&str] = &["spec", "kube", "podTemplate", "extraAnnotations"];

impl<'m> BypassHome<'m> {
    /// The pod annotations of Parameters that a Gateway of the input uses; none when they have no effect, or have the key.
    pub(super) fn in_parameters(object: Object<'m>) -> Option<Self> {
        let Spec::Parameters(params) = &object.resource().spec else { return None };
        let used = object.mesh().gateways().any(|gateway| gateway.reads_parameters(object));
        (used && takes_bypass(params)).then_some(Self { object, place: BypassPlace::Below { map: object.node, path: PARAMETERS } })
    }

    /// The pod template of a workload that is a gateway.
    pub(super) fn in_template(pods: &PodFacts<'m>) -> Option<Self> {
        if !pods.looks_like_gateway() || pods.bypass() != Fact::Known(None) {
            return None;
        }
        let place = BypassPlace::Below { map: pods.template_node()?, path: &["metadata", "annotations"] };
        Some(Self { object: pods.owner, place })
    }

    /// Whether the annotation lets in nobody but clients that are rejected now, and switches off no policy: on none of the
    /// pods that it reaches.
    pub fn is_safe(&self) -> bool {
        match &self.object.resource().spec {
            Spec::Gateway(_) => GatewayView::of(self.object).is_some_and(|gateway| gateway.may_bypass()),
            Spec::Parameters(_) => {
                let gateways = self.object.mesh().gateways();
                gateways.filter(|gateway| gateway.reads_parameters(self.object)).all(|gateway| gateway.may_bypass())
            }
            _ => PodFacts::of_workload(self.object)
                .is_some_and(|pods| !pods.have_policies() && pods.services().iter().any(ServiceView::is_open_to_outside)),
        }
    }
}

fn takes_bypass(params: &Parameters) -> bool {
    let spec = params.spec.as_deref();
    let annotations = params.pod_template().and_then(|t| t.extra_annotations.as_deref());
    spec.is_none_or(|s| s.self_managed.is_none()) && annotations.is_none_or(|a| a.get(BYPASS).is_none())
}

impl<'m> GatewayView<'m> {
    /// Where the bypass annotation would reach the Gateway's pods: in the Parameters that it refers to already, else in new
    /// ones; istiod takes it from the Gateway itself. None when the pods may have it, or when it is not clear where.
    pub fn bypass_home(&self) -> Option<BypassHome<'m>> {
        if self.pods().bypass() != Fact::Known(None) {
            return None;
        }
        let object = self.object;
        let below = |object: Object<'m>, path| Some(BypassHome { object, place: BypassPlace::Below { map: object.node, path } });
        if self.product.made_by_istiod() {
            // annotations under infrastructure would keep istiod from copying those of the Gateway
            let infrastructure = self.spec.infrastructure.as_deref().is_some_and(|i| i.annotations.is_some());
            return if infrastructure || object.resource().meta.annotations.is_none() {
                below(object, &["spec", "infrastructure", "annotations"])
            } else {
                below(object, &["metadata", "annotations"])
            };
        }
        let (wanted, group, kind) = self.product.parameters()?;
        match self.own_parameters() {
            Params::Found(params, spec) => {
                if params.kind == wanted && takes_bypass(spec) {
                    below(params, PARAMETERS)
                } else {
                    None
                }
            }
            Params::None => {
                let name = format!("{}-parameters", object.resource().meta.name.as_ref()?);
                let free = matches!(object.find(wanted, object.namespace(), &name), Lookup::Missing(_));
                free.then_some(BypassHome { object, place: BypassPlace::New { group, kind, name } })
            }
            Params::Unknown => None,
        }
    }

    /// Whether the Gateway refers to no Parameters, so that a reference takes nothing away.
    pub fn names_no_parameters(&self) -> bool {
        matches!(self.own_parameters(), Params::None)
    }

    /// Whether ztunnel can keep off what its pods receive without more than rejected clients getting in.
    pub fn may_bypass(&self) -> bool {
        let pods = self.pods();
        let open = || pods.mtls(None).known().is_some_and(|mode| mode.mode == MtlsMode::Permissive);
        !pods.have_policies() && (self.rejects_outside().is_some() || open())
    }
}

/// A reference to Parameters, with what it leads to.
#[derive(Clone, Debug)]
pub struct ParametersReference<'m> {
    /// The Gateway or GatewayClass.
    pub owner: Object<'m>,
    /// Whose Gateway it is.
    pub product: Product,
    /// The API group it names.
    pub group: &'m At<Text>,
    /// The kind it names.
    pub kind: &'m At<Text>,
    /// The name.
    pub name: &'m At<Text>,
    /// What it leads to.
    pub verdict: ParametersVerdict<'m>,
}

/// What a reference to Parameters leads to.
#[derive(Clone, Debug)]
pub enum ParametersVerdict<'m> {
    /// To an object, or to what the input cannot tell.
    Fine,
    /// To a kind that the product does not read. These are the group and the kind that it reads.
    WrongKind {
        /// The group.
        group: &'static str,
        /// The kind.
        kind: &'static str,
        /// Whether the kind named is one of another product that is built on this one, or the other way around.
        related: bool,
    },
    /// To nothing in the namespace; an object of that name is in another one.
    Elsewhere(Object<'m>),
    /// To nothing.
    Missing(Missing),
    /// A class has to say the namespace, and does not.
    NoNamespace,
}

impl Mesh {
    /// All references to Parameters, by Gateways and by classes, of the products that read any.
    pub fn parameters_references(&self) -> Vec<ParametersReference<'_>> {
        let of_gateways = self.gateways().filter_map(|gateway| gateway.parameters_reference());
        let of_classes = self.objects(Kind::GatewayClass).filter_map(|object| {
            let Spec::GatewayClass(class) = &object.resource().spec else { return None };
            let reference = class.spec.parameters_ref.as_deref()?;
            let namespace = reference.namespace.as_ref().map(|ns| Namespace::Named((**ns).clone()));
            let product = object.product_of_class(&object.id.name);
            reference_of(object, product, &reference.group, &reference.kind, &reference.name, namespace.as_ref())
        });
        of_gateways.chain(of_classes).collect()
    }
}

impl<'m> GatewayView<'m> {
    /// Its reference to Parameters; none for products that read none.
    pub fn parameters_reference(&self) -> Option<ParametersReference<'m>> {
        let reference = self.spec.infrastructure.as_deref()?.parameters_ref.as_deref()?;
        let own = Some(self.object.namespace());
        reference_of(self.object, self.product, &reference.group, &reference.kind, &reference.name, own)
    }
}

fn reference_of<'m>(
    owner: Object<'m>,
    product: Product,
    group: &'m At<Text>,
    kind: &'m At<Text>,
    name: &'m At<Text>,
    namespace: Option<&Namespace>,
) -> Option<ParametersReference<'m>> {
    let (wanted, wanted_group, wanted_kind) = product.parameters()?;
    let verdict = if (wanted_group, wanted_kind) != (&***group, &***kind) {
        let oss = |group: &str| matches!(group, "gateway.kgateway.dev" | "enterprisekgateway.solo.io");
        ParametersVerdict::WrongKind { group: wanted_group, kind: wanted_kind, related: oss(wanted_group) && oss(group) }
    } else if let Some(namespace) = namespace {
        match owner.find(wanted, namespace, name) {
            Lookup::Found(_) | Lookup::Ambiguous(_) => ParametersVerdict::Fine,
            Lookup::Missing(missing) => match owner.namesake(wanted, name) {
                Some(other) => ParametersVerdict::Elsewhere(other),
                None => ParametersVerdict::Missing(missing),
            },
        }
    } else {
        ParametersVerdict::NoNamespace
    };
    Some(ParametersReference { owner, product, group, kind, name, verdict })
}

impl<'m> Object<'m> {
    /// An object of that kind and name in another namespace of the same cluster that no Gateway uses: each namespace may
    /// have one of its own under the same name.
    fn namesake(&self, kind: Kind, name: &str) -> Option<Object<'m>> {
        let alike = |other: &Object<'m>| other.cluster() == self.cluster() && &*other.id.name == name && other.namespace().name().is_some();
        let mut found = self.mesh().objects(kind).filter(alike);
        found.find(|other| !self.mesh().gateways().any(|gateway| gateway.names_parameters(*other)))
    }
}
