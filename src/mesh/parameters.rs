//! The Parameters that Gateways and GatewayClasses refer to.

use super::classes::Product;
use super::index::{Lookup, Missing};
use super::{Mesh, Object};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::At;

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
        let of_gateways = self.gateways().filter_map(|gateway| {
            let reference = gateway.spec.infrastructure.as_deref()?.parameters_ref.as_deref()?;
            reference_of(
                gateway.object,
                gateway.product,
                &reference.group,
                &reference.kind,
                &reference.name,
                Some(gateway.object.namespace()),
            )
        });
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
