//! EXIF data of a picture as JSON, for `metadata` (5.2).

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use exif::{Field, In, Reader, Value as Exif};
use serde_json::{Map, Value, json};

use crate::fetch::LARGEST;

/// Under the standard's names; an empty object where there are none.
pub(crate) fn read(path: PathBuf) -> Value {
    let mut told = Map::new();
    let read = |file: File| {
        // A TIFF is read as a whole.
        file.metadata().ok().filter(|metadata| metadata.len() <= LARGEST as u64)?;
        let mut reader = Reader::new();
        // What is broken is left out, the rest is told.
        let exif = reader.continue_on_error(true).read_from_container(&mut BufReader::new(file));
        exif.or_else(|error| error.distill_partial_result(|_| ())).ok()
    };
    if let Some(exif) = File::open(path).ok().and_then(read) {
        for field in exif.fields().filter(|field| field.ifd_num == In::PRIMARY) {
            told.insert(field.tag.to_string(), value(field));
        }
    }
    Value::Object(told)
}

fn value(field: &Field) -> Value {
    match &field.value {
        Exif::Ascii(texts) => {
            let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).trim_end().to_owned();
            json!(texts.iter().map(text).collect::<Vec<_>>().join(" "))
        }
        Exif::Byte(list) => one_or_all(list),
        Exif::SByte(list) => one_or_all(list),
        Exif::Short(list) => one_or_all(list),
        Exif::SShort(list) => one_or_all(list),
        Exif::Long(list) => one_or_all(list),
        Exif::SLong(list) => one_or_all(list),
        Exif::Float(list) => one_or_all(list),
        Exif::Double(list) => one_or_all(list),
        Exif::Rational(list) => one_or_all(&list.iter().map(|number| number.to_f64()).collect::<Vec<_>>()),
        Exif::SRational(list) => one_or_all(&list.iter().map(|number| number.to_f64()).collect::<Vec<_>>()),
        _ => json!(field.display_value().to_string()),
    }
}

fn one_or_all<T: serde::Serialize>(list: &[T]) -> Value {
    match list {
        [one] => json!(one),
        list => json!(list),
    }
}
