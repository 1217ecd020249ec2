//! Calls that send nothing, measured.

fn main() {}
