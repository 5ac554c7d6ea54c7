//! By what one match comes before another.

use std::cmp::Ordering;

use super::Key;

/// The first thing in which two matches differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criterion {
    /// The hostname.
    Host,
    /// How the path is compared.
    PathForm,
    /// How long the path is.
    PathLength,
    /// How long the gRPC method is.
    GrpcMethod,
    /// Whether a method is named.
    Method,
    /// How many headers are.
    Headers,
    /// How many query parameters are.
    Query,
    /// Which route is older.
    Age,
    /// Which route is first by name.
    Name,
    /// Which rule of the route stands first.
    Rule,
    /// Which match of the rule stands first.
    Match,
}

/// Compares field by field, in the order of the key.
macro_rules! first_difference {
    ($a:expr, $b:expr, $($criterion:ident: $($field:ident).+),+ $(,)?) => {
        [$((Criterion::$criterion, $a.$($field).+.cmp(&$b.$($field).+))),+]
            .into_iter()
            .find(|(_, order)| *order != Ordering::Equal)
            .map(|(criterion, _)| criterion)
    };
}

impl Key {
    /// By what it differs from another one, whichever comes first.
    pub fn differs_by(&self, other: &Self) -> Option<Criterion> {
        match (self, other) {
            (Self::Spec(a), Self::Spec(b)) => first_difference!(
                a, b, Host: host, PathForm: path.form, PathLength: path.characters, GrpcMethod: path.method, Method: method,
                Headers: headers, Query: query, Age: created, Name: name, Rule: rule, Match: matching
            ),
            (Self::Istio(a), Self::Istio(b)) => first_difference!(
                a, b, Host: host, PathForm: form, PathLength: characters, GrpcMethod: method_characters, Method: method,
                Headers: headers, Query: query, Age: created, Name: name, Rule: rule, Match: matching
            ),
            (Self::Kgateway(a), Self::Kgateway(b)) => first_difference!(
                a, b, Host: host, PathForm: form, PathLength: characters, GrpcMethod: method_characters, Method: method,
                Headers: headers, Query: query, Age: created, Name: name, Rule: rule, Match: matching
            ),
            (Self::EnvoyGateway(a), Self::EnvoyGateway(b)) => first_difference!(
                a, b, Host: host, PathForm: form, PathLength: characters, GrpcMethod: method_characters,
                Headers: headers, Query: query, Age: created, Name: name, Rule: rule, Match: matching
            ),
            _ => None,
        }
    }
}
