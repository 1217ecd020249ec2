//! The answers that the vendors' own Python SDKs gave.

mod filestack;
mod tasks;
mod telestream;
