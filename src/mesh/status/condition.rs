//! Conditions: their types, their reasons, and how they are made.

use crate::mesh::Certainty;
use crate::mesh::CertificateFault;
use crate::yaml::NodeId;

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The word as a status says it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
        }
    };
}

named! {
    /// What a condition is about.
    ConditionType {
        /// Whether a controller takes it as it is written.
        Accepted,
        /// Whether a listener can't be told apart from another one.
        Conflicted,
        /// Whether everything that it refers to is there and may be used.
        ResolvedRefs,
        /// Whether a part of a route is left out.
        PartiallyInvalid,
        /// Whether clients without a valid certificate are let in.
        InsecureFrontendValidationMode,
        /// Whether a data plane does what is written. Files tell when it can't.
        Programmed,
        /// Whether a waypoint enforces a policy of Istio.
        WaypointAccepted,
    }
}

named! {
    /// Why a condition is as it is: the words of the Gateway API and of istiod, and `NotInInput` for what files don't tell.
    Reason {
        /// It is taken as it is written.
        Accepted,
        /// All references lead somewhere.
        ResolvedRefs,
        /// No listener is like this one.
        NoConflicts,
        /// It waits for a controller.
        Pending,
        /// It depends on something that is not in the input.
        NotInInput,
        /// A Gateway refers to parameters that are not there, or of a kind that its class does not read.
        InvalidParameters,
        /// A listener can't be used.
        ListenersNotValid,
        /// A listener, or what is made of it, can't be used.
        Invalid,
        /// A Gateway does not take the listener set.
        NotAllowed,
        /// The Gateway of a listener set is not accepted.
        ParentNotAccepted,
        /// No controller speaks the protocol.
        UnsupportedProtocol,
        /// Another listener of the port has the same hostname.
        HostnameConflict,
        /// Another listener takes the port's connections whole.
        ProtocolConflict,
        /// None of the authorities can be used.
        NoValidCACertificate,
        /// A certificate is not there, of the wrong kind, or no certificate.
        InvalidCertificateRef,
        /// The same of the certificate that a Gateway shows to backends.
        InvalidClientCertificateRef,
        /// The same of an authority.
        InvalidCACertificateRef,
        /// An authority of a listener is of a kind that holds no certificates.
        InvalidCACertificateKind,
        /// No ReferenceGrant lets a reference into another namespace.
        RefNotPermitted,
        /// A listener asks for kinds of routes that its protocol can't carry.
        InvalidRouteKinds,
        /// No Gateway, listener or port is what a parentRef names.
        NoMatchingParent,
        /// The listeners leave the route's namespace or its kind out.
        NotAllowedByListeners,
        /// No hostname fits both.
        NoMatchingListenerHostname,
        /// A value that no controller takes.
        UnsupportedValue,
        /// A pattern that is no regular expression.
        InvalidPattern,
        /// A reference to a kind that can't be used there.
        InvalidKind,
        /// A backend that is not there.
        BackendNotFound,
        /// A filter of the product's that is not there.
        MissingExtension,
        /// A backend that speaks another protocol.
        UnsupportedProtocolOfBackend,
        /// What a policy names is not there.
        TargetNotFound,
        /// Another policy came first.
        Conflicted,
        /// What a policy of Istio names is bound to no waypoint.
        AncestorNotBound,
        /// Clients without a valid certificate are let in.
        ConfigurationChanged,
    }
}

impl Reason {
    /// The word as a status says it.
    pub const fn word(self) -> &'static str {
        match self {
            // one word for several things
            Self::UnsupportedProtocolOfBackend => "UnsupportedProtocol",
            Self::InvalidPattern => "UnsupportedValue",
            Self::MissingExtension => "BackendNotFound",
            other => other.as_str(),
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It does.
    True,
    /// It does not.
    False,
    /// The input does not tell.
    Unknown,
}

impl State {
    /// The word as a status says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition of a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is about.
    pub kind: ConditionType,
    /// Whether it holds.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// Why, in words; empty where the reason says it all.
    pub message: String,
    /// The place in the files that decides it.
    pub place: NodeId,
}

impl Condition {
    /// Whether it says that something does not work.
    pub fn is_bad(&self) -> bool {
        let good = match self.kind {
            ConditionType::Conflicted | ConditionType::PartiallyInvalid => State::False,
            ConditionType::InsecureFrontendValidationMode => return false,
            _ => State::True,
        };
        self.state != good && self.state != State::Unknown
    }
}

impl Condition {
    /// Takes back what is said of a file that an overlay changes.
    pub(super) fn doubt(&mut self) {
        self.state = State::Unknown;
        self.message.push_str("; an overlay changes this file: build it, and ask again");
    }
}

/// What is wrong, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason of the condition.
    pub reason: Reason,
    /// How sure it is: less than sure leaves the condition unknown.
    pub certainty: Certainty,
    /// In words.
    pub message: String,
    /// Where.
    pub place: NodeId,
    /// What is wrong with a certificate, where it is about one.
    pub certificate: Option<CertificateFault>,
}

impl Fault {
    pub(super) fn sure(reason: Reason, place: NodeId, message: impl Into<String>) -> Self {
        Self { reason, certainty: Certainty::Sure, message: message.into(), place, certificate: None }
    }
}

/// The condition that comes of faults: the first sure one decides, else the first one leaves it open.
pub(super) fn judged(kind: ConditionType, good: Reason, place: NodeId, faults: &[Fault]) -> Condition {
    let decisive = faults.iter().find(|fault| fault.certainty == Certainty::Sure);
    match decisive.or(faults.first()) {
        None => Condition { kind, state: State::True, reason: good, message: String::new(), place },
        Some(fault) => Condition {
            kind,
            state: if decisive.is_some() { State::False } else { State::Unknown },
            reason: if decisive.is_some() { fault.reason } else { Reason::NotInInput },
            message: fault.message.clone(),
            place: fault.place,
        },
    }
}
