//! Faults that tests put in, to see that they would be noticed.

/// A fault of the engine. Nothing but tests asks for one.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// None.
    #[default]
    None,
    /// Methods are not compared.
    MethodIgnored,
    /// Prefixes are compared by bytes instead of path elements.
    PrefixByBytes,
    /// More headers do not come before fewer.
    HeaderCountIgnored,
    /// A wildcard hostname comes before the very name.
    WildcardFirst,
    /// The routes of every listener whose hostname covers the host are looked at.
    IsolationOff,
}
