//! The kinds that are modelled: their groups, scopes, schemas and how they are decoded.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::resource::Spec;
use super::shape::{Schema, core_schema, derived};
use super::{Metadata, core, gateway, istio, kgateway, solo};
use crate::yaml::{DecodeError, Decoder};

macro_rules! kinds {
    ($($variant:ident $group:literal $kind:literal $scope:ident $schema:expr, $decode:expr;)*) => {
        /// A kind that is modelled.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is the kind of its name")]
        pub enum Kind { $($variant,)* Other }

        static TABLE: &[Info] = &[$(Info { kind: Kind::$variant, group: $group, name: $kind, scope: Scope::$scope, schema: $schema, decode: $decode },)*];
    };
}

/// Whether a kind's objects live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the cluster.
    Cluster,
}

type Decode = fn(Decoder<'_, '_>, &Metadata) -> Result<Spec, DecodeError>;

/// What is known of a kind.
pub struct Info {
    /// Which.
    pub kind: Kind,
    /// Its API group; empty for the core group.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it lives in namespaces.
    pub scope: Scope,
    schema: fn() -> Option<Schema>,
    decode: Decode,
}

impl Info {
    /// The schema its documents must fit; made once.
    pub fn schema(&self) -> Option<&'static Schema> {
        static MADE: LazyLock<FxHashMap<Kind, LazyLock<Option<Schema>, Box<dyn FnOnce() -> Option<Schema> + Send>>>> =
            LazyLock::new(|| TABLE.iter().map(|info| (info.kind, LazyLock::new(Box::new(info.schema) as Box<dyn FnOnce() -> Option<Schema> + Send>))).collect());
        LazyLock::force(MADE.get(&self.kind)?).as_ref()
    }

    /// Decodes a document of this kind.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn decode(&self, decoder: Decoder<'_, '_>, meta: &Metadata) -> Result<Spec, DecodeError> {
        (self.decode)(decoder, meta)
    }
}
