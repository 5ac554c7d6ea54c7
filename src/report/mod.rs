//! Findings, written for people and programs.
