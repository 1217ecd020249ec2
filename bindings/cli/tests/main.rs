//! The program as its users run it: each test has a local cloud, a home and a folder of its own.

#![cfg(unix)]

mod chain;
mod desk;
mod download;
mod file;
mod flip;
mod folder;
mod help;
mod profile;
mod readme;
mod resume;
mod secrets;
mod sign;
mod terminal;
mod upload;
