//! `zip`: several sources in one archive (5.8).

use std::collections::HashSet;
use std::io::{Cursor, Write};

use bytes::Bytes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::deposit::Content;

/// Stored, not compressed: what comes out is what went in.
pub(crate) fn pack(contents: &[Content]) -> Result<Bytes, zip::result::ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut names = HashSet::new();
    for content in contents {
        writer.start_file(free_name(&content.filename, &mut names), options)?;
        writer.write_all(&content.bytes)?;
    }
    Ok(Bytes::from(writer.finish()?.into_inner()))
}

/// `a.txt`, then `a (1).txt`; slashes would make folders of a name.
fn free_name(wanted: &str, taken: &mut HashSet<String>) -> String {
    let wanted = wanted.replace(['/', '\\'], "_");
    let (stem, extension) = match wanted.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (wanted.as_str(), String::new()),
    };
    let mut name = wanted.clone();
    let mut number = 0;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{stem} ({number}){extension}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_appears_twice() {
        let mut taken = HashSet::new();
        let names: Vec<String> =
            ["a.txt", "a.txt", "a (1).txt", "a.txt", "../b"].map(|name| free_name(name, &mut taken)).to_vec();
        assert_eq!(names, ["a.txt", "a (1).txt", "a (1) (1).txt", "a (2).txt", ".._b"]);
    }
}
