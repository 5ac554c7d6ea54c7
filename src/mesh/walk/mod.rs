//! The way of a request behind the gateway.

mod request;

pub use request::Request;
