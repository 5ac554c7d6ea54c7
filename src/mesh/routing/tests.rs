//! Tables of small Gateways, and who answers.
