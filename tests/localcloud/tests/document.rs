//! Tasks on files that are no pictures, and what pictures carry beside their pixels.

use std::io::Read;

use serde_json::json;

use crate::client::{Client, cloud, png, stored};

/// One page upright, one turned, with a title in UTF-16.
fn pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Rotate 90 >>",
        "<< /Title <FEFF00C40042> /Author (Ann \\(A\\)) /CreationDate (D:20240102030405+02'30') >>",
    ];
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", bytes.len());
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let start = bytes.len();
    let trailer = "trailer\n<< /Size 6 /Root 1 0 R /Info 5 0 R >>\nstartxref\n";
    bytes.extend(format!("xref\n0 6\n{table}{trailer}{start}\n%%EOF\n").into_bytes());
    bytes
}

#[test]
fn pdfinfo_tells_what_a_pdf_says_of_itself() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &pdf(), json!({}));
    let told = client.get(&format!("/pdfinfo/{handle}")).json();
    let expected = json!({
        "pages": 2,
        "page_sizes": [{"width": 595.0, "height": 842.0}, {"width": 100.0, "height": 200.0}],
        "version": "1.4",
        "file_size": pdf().len(),
        "title": "ÄB",
        "author": "Ann (A)",
        "subject": null,
        "keywords": null,
        "creator": null,
        "producer": null,
        "creation_date": "2024-01-02T03:04:05+02:30",
        "modification_date": null,
    });
    assert_eq!(told, expected);
    let described = client.get(&format!("/output=docinfo:true/{handle}")).json();
    assert_eq!(described, json!({"numpages": 2, "dimensions": {"width": 595.0, "height": 842.0}}));
    let other = stored(&client, &png(10, 10), json!({}));
    let refused = client.get(&format!("/pdfinfo/{other}"));
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("no PDF that can be read"), "{}", refused.text());
    assert_eq!(client.get(&format!("/pdfinfo=colorinfo:true/{handle}")).status, 501);
}

#[test]
fn scripts_and_style_sheets_are_minified() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let css = stored(&client, b"/* x */ a { color : red ; }\n", json!({}));
    let js = stored(&client, b"f ( `a  ${ true }` ) // x\nconsole.log ( 1 )\n", json!({}));
    let text = |tasks: &str| {
        let answer = client.get(&format!("/{tasks}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.text(), answer.header("content-type").to_owned())
    };
    assert_eq!(
        text(&format!("minify_css=level:1/{css}")),
        ("a{color:red}".to_owned(), "text/css".to_owned())
    );
    let small = "f(`a  ${true}`)\nconsole.log(1)";
    assert_eq!(
        text(&format!("minify_js=mangle:false/{js}")),
        (small.to_owned(), "text/javascript".to_owned())
    );
    let smaller = "f(`a  ${true}`)\nvoid 0";
    assert_eq!(text(&format!("minify_js=removeConsole:true,keep_fn_name:true/{js}")).0, smaller);
    let packed = client.send("GET", &format!("/minify_js=gzip:true/{js}"), &[], b"").expect("an answer");
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, small);
    let kept = client.get(&format!("/minify_css/store=filename:b.css/{css}")).json();
    assert_eq!((&kept["size"], &kept["type"]), (&json!(12), &json!("text/css")), "{kept}");
    for (path, status, part) in [
        (format!("/minify_js=mangle:true/{js}"), 501, "`minify_js` with `mangle:true`"),
        (format!("/minify_js=targets:defaults/{js}"), 501, "`targets:defaults`"),
        (format!("/minify_css=level:2/{css}"), 501, "`level:2`"),
        (
            format!("/minify_css/{}", stored(&client, b"\n/*", json!({}))),
            400,
            "the comment in line 2 does not end",
        ),
        (format!("/minify_js/{}", stored(&client, b"\xFF", json!({}))), 400, "no text in UTF-8"),
    ] {
        let answer = client.get(&path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(part), "{path}: {}", answer.text());
    }
}

/// A picture of 100 x 50 points, to be turned by 90 degrees, made with a camera called `Ferry`.
fn photo() -> Vec<u8> {
    // Two entries: orientation (0x0112), a short, 6, and the maker (0x010F), six letters behind the entries.
    let exif = b"II\x2a\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x06\0\0\0\x26\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0Ferry\0";
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif.to_vec()).expect("EXIF fits");
    let source = image::load_from_memory(&png(100, 50)).expect("a picture").into_rgb8();
    source.write_with_encoder(encoder).expect("a JPEG");
    bytes
}

#[test]
fn pictures_are_turned_as_their_exif_data_say() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &photo(), json!({}));
    let size = |tasks: &str| client.get(&format!("/{tasks}/imagesize/{handle}")).json();
    for tasks in ["rotate=deg:exif", "flip", "rotate=exif:true"] {
        assert_eq!(size(tasks), json!({"width": 50, "height": 100}), "{tasks}");
    }
    assert_eq!(size("rotate=exif:false"), json!({"width": 100, "height": 50}));
    assert_eq!(size("rotate=deg:90"), json!({"width": 100, "height": 50}));
    // The left half was red: turned to the right it is on top.
    let upright = image::load_from_memory(&client.get(&format!("/output=format:png/{handle}")).body);
    let upright = upright.expect("a picture").into_rgb8();
    assert!(upright.get_pixel(25, 10).0[0] > 150 && upright.get_pixel(25, 90).0[2] > 150);
    // As a watermark too.
    let mark = client
        .get(&format!("/watermark=file:{handle}/imagesize/{}", stored(&client, &png(10, 10), json!({}))));
    assert_eq!(mark.status, 200);
}

#[test]
fn exif_data_are_told_kept_and_dropped() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &photo(), json!({}));
    let exif = |handle: &str| client.get(&format!("/{handle}/metadata?exif=true")).json()["exif"].clone();
    assert_eq!(exif(&handle), json!({"Make": "Ferry", "Orientation": 6}));
    assert_eq!(exif(&stored(&client, &png(10, 10), json!({}))), json!({}));
    assert_eq!(exif(&stored(&client, b"no picture", json!({}))), json!({}));
    let made =
        |tasks: &str| exif(&stored(&client, &client.get(&format!("/{tasks}/{handle}")).body, json!({})));
    // What was turned is not to be turned again.
    for tasks in [
        "resize=width:20",
        "output=format:png",
        "output=format:webp",
        "rotate=exif:false",
        "compress=metadata:true",
    ] {
        assert_eq!(made(tasks), json!({"Make": "Ferry", "Orientation": 1}), "{tasks}");
    }
    let animation = client.get(&format!("/KEY/animate/output=format:webp/[{handle},{handle}]"));
    let animation = stored(&client, &animation.body, json!({}));
    assert_eq!(exif(&animation), json!({"Make": "Ferry", "Orientation": 1}));
    for tasks in ["no_metadata", "compress", "pjpg", "output=strip:true"] {
        assert_eq!(made(tasks), json!({}), "{tasks}");
    }
}
