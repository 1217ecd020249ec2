//! Processing URLs: tasks, sources and errors.

use image::{DynamicImage, ImageFormat, ImageReader};
use localcloud::{Cloud, Options};
use serde_json::json;

use crate::client::{self, Answer, Client, Server, cloud, png, stored};

fn picture(answer: &Answer) -> DynamicImage {
    assert_eq!(answer.status, 200, "{}", answer.text());
    image::load_from_memory(&answer.body).expect("a picture")
}

fn format(answer: &Answer) -> Option<ImageFormat> {
    let reader = ImageReader::new(std::io::Cursor::new(&answer.body));
    reader.with_guessed_format().expect("readable").format()
}

#[test]
fn pictures_get_the_size_that_was_asked_for() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(100, 50), json!({}));
    for (tasks, size) in [
        ("resize=width:40", (40, 20)),
        ("resize=w:40,h:40", (40, 20)),
        ("resize=width:400", (400, 200)),
        ("resize=width:400,fit:max", (100, 50)),
        ("resize=width:40,height:40,fit:scale", (40, 40)),
        ("resize=width:40,height:40,fit:crop,align:[top,left]", (40, 40)),
        ("crop=dim:[10,10,30,20]", (30, 20)),
        ("crop=dim:%5B90%2C40%2C30%2C20%5D", (10, 10)),
        ("rotate=deg:90", (50, 100)),
        ("border=width:5,color:red", (110, 60)),
        ("resize=width:40/rotate=deg:270/border=width:1", (22, 42)),
        (
            "flip/flop/blur/sharpen/monochrome/sepia/negative/modulate=hue:90/blackwhite/pixelate=amount:5",
            (100, 50),
        ),
        ("circle/rounded_corners=radius:max/vignette", (100, 50)),
        (
            "partial_blur=objects:[[0,0,10,10],[20,20,5,5]],amount:3/partial_pixelate=objects:[1,2,30,40],type:oval",
            (100, 50),
        ),
    ] {
        let answer = client.get(&format!("/{tasks}/{handle}"));
        let picture = picture(&answer);
        assert_eq!((picture.width(), picture.height()), size, "{tasks}");
        let told = client.get(&format!("/{tasks}/imagesize/{handle}")).json();
        assert_eq!(told, json!({"width": size.0, "height": size.1}), "{tasks}");
    }
}

#[test]
fn tasks_change_what_they_say() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(100, 50), json!({}));
    let pixel = |tasks: &str, x: u32, y: u32| {
        picture(&client.get(&format!("/{tasks}/{handle}"))).into_rgba8().get_pixel(x, y).0
    };
    assert_eq!(pixel("flop", 0, 0), [0, 0, 200, 255]);
    assert_eq!(pixel("flip", 0, 0), [200, 0, 0, 255]);
    assert_eq!(pixel("negative", 0, 0), [55, 255, 255, 255]);
    assert_eq!(pixel("monochrome", 0, 0), [60, 60, 60, 255]);
    assert_eq!(pixel("circle", 0, 0)[3], 0);
    assert_eq!(pixel("circle", 50, 25)[3], 255);
    assert_eq!(pixel("circle=background:snow", 0, 0), [255, 250, 250, 255]);
    assert_eq!(pixel("border=width:3,color:00ff00", 1, 1), [0, 255, 0, 255]);
    assert_eq!(pixel("rotate=deg:90", 0, 0), [200, 0, 0, 255]);
    assert_eq!(pixel("resize=width:10,height:10,fit:crop,align:right", 5, 5), [0, 0, 200, 255]);
    assert_eq!(pixel("crop=dim:[60,0,10,10]", 0, 0), [0, 0, 200, 255]);
    let blurred = pixel("blur=amount:8", 50, 25);
    assert!(blurred[0] > 20 && blurred[2] > 20, "{blurred:?}");
    let mark = stored(&client, &png(10, 10), json!({}));
    assert_eq!(pixel(&format!("negative/watermark=file:{mark},position:[top,left]"), 1, 1), [200, 0, 0, 255]);
    let sheet = picture(&client.get(&format!("/collage=files:[{mark}],width:200,height:100/{handle}")));
    assert_eq!((sheet.width(), sheet.height()), (200, 100));
    assert_eq!(client.get(&format!("/watermark=file:NOSUCHFILE/{handle}")).status, 404);
}

#[test]
fn formats_are_converted() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(20, 20), json!({}));
    for (tasks, wanted, mimetype) in [
        ("output=format:jpg,quality:50", ImageFormat::Jpeg, "image/jpeg"),
        ("output=f:png", ImageFormat::Png, "image/png"),
        ("output=format:webp", ImageFormat::WebP, "image/webp"),
        ("output=format:gif", ImageFormat::Gif, "image/gif"),
        ("pjpg", ImageFormat::Jpeg, "image/jpeg"),
        ("quality=value:10", ImageFormat::Png, "image/png"),
    ] {
        let answer = client.get(&format!("/{tasks}/{handle}"));
        assert_eq!((format(&answer), answer.header("content-type")), (Some(wanted), mimetype), "{tasks}");
    }
    let path = format!("/auto_image/{handle}");
    let modern = client.send("GET", &path, &[("accept", "image/webp,*/*")], b"").expect("an answer");
    assert_eq!(modern.header("content-type"), "image/webp");
    assert_eq!(client.get(&path).header("content-type"), "image/png");
    let named = client.get(&format!("/content=filename:x.txt,type:text%2Fplain/{handle}"));
    assert_eq!(named.header("content-type"), "text/plain");
    assert!(named.header("content-disposition").contains("x.txt"));
}

#[test]
fn what_is_wrong_with_a_url_is_said() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(20, 20), json!({}));
    let text = stored(&client, b"no picture", json!({}));
    for (path, status, error) in [
        (format!("/resize=heigt:5/{handle}"), 400, "invalid parameter `heigt` for `resize` task"),
        (format!("/resize=width:10001/{handle}"), 400, "`width` for `resize`"),
        (format!("/resiz=width:5/{handle}"), 400, "invalid task `resiz`"),
        (format!("/round_corners/{handle}"), 400, "invalid task `round_corners`"),
        (format!("/crop_faces/{handle}"), 501, "`crop_faces`"),
        (format!("/output=format:pdf/{handle}"), 501, "`output`"),
        ("/KEY/urlscreenshot/https://example.org".to_owned(), 501, "`urlscreenshot`"),
        (format!("/copyright/{handle}"), 501, "`copyright`"),
        ("/resize=width:5/NOSUCHHANDLE".to_owned(), 404, "File not found"),
        (format!("/resize=width:5/{text}"), 400, "no picture"),
        (format!("/crop=dim:[30,0,5,5]/{handle}"), 400, "outside"),
        (
            format!("/resize=width:10000,height:10000,fit:scale/border=width:1000/resize=width:10000/{text}"),
            400,
            "no picture",
        ),
        ("/KEY/resize=width:5/https://example.org/a.png".to_owned(), 502, "loopback only"),
        ("/resize=width:5/http://127.0.0.1:1/a.png".to_owned(), 400, "API key"),
        ("/KEY/resize=width:5".to_owned(), 400, "no source"),
        (format!("/KEY/b64/%%%/{handle}"), 400, "`b64`"),
    ] {
        let answer = client.get(&path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(error), "{path}: {}", answer.text());
    }
}

#[test]
fn pictures_have_a_limit() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    // The head of a bitmap of 20,000 x 20,000 pixels.
    let mut bitmap = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bitmap.extend([20_000_u32.to_le_bytes(), 20_000_u32.to_le_bytes()].concat());
    bitmap.extend(b"\x01\0\x18\0");
    bitmap.resize(54, 0);
    let huge = stored(&client, &bitmap, json!({}));
    let answer = client.get(&format!("/flip/{huge}"));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("limit of 100000000"), "{}", answer.text());
    let high = stored(&client, &png(1, 48_001), json!({}));
    let answer = client.get(&format!("/border=width:1000/{high}"));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("2001 x 50001"), "{}", answer.text());
}

#[test]
fn remote_pictures_come_from_loopback() {
    let server =
        Server::start(
            |_, request| {
                if request.path == "/a%20b.png?v=1" { (200, png(10, 10)) } else { (404, Vec::new()) }
            },
        );
    let cloud = cloud();
    let client = Client::of(&cloud);
    let url = format!("{}/a%20b.png", server.url);
    for source in [
        format!("{url}%3Fv=1"),
        format!("{url}?v=1"),
        format!("%22{url}%3Fv=1%22"),
        format!(
            "b64://{}",
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, format!("{url}?v=1"))
        ),
    ] {
        let answer = client.get(&format!("/KEY/resize=width:5/{source}"));
        assert_eq!(picture(&answer).width(), 5, "{source}");
    }
    let missing = client.get(&format!("/KEY/resize=width:5/{}/nothing", server.url));
    assert_eq!(missing.status, 502);
    assert!(missing.text().contains("404"), "{}", missing.text());
    let whole = client.get(&format!("/KEY/{url}%3Fv=1"));
    assert_eq!((whole.body, whole.status), (png(10, 10), 200));
    let handle = stored(&client, &png(30, 30), json!({}));
    let spare = client.get(&format!("/KEY/fallback=file:{handle}/{}/nothing", server.url));
    assert_eq!(picture(&spare).width(), 30);
}

#[test]
fn aliases_and_base64_tasks_work() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("in")).expect("a folder");
    std::fs::write(folder.path().join("in/a.png"), png(10, 10)).expect("a file");
    std::fs::write(folder.path().join("secret"), b"x").expect("a file");
    let options =
        Options { aliases: vec![("mine".to_owned(), folder.path().join("in"))], ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    assert_eq!(picture(&client.get("/KEY/resize=width:5/src://mine/a.png")).width(), 5);
    assert_eq!(client.get("/KEY/resize=width:5/src://other/a.png").status, 404);
    assert_eq!(client.get("/KEY/cache=false/src://mine/..%2Fsecret").status, 404);
    let handle = stored(&client, &png(10, 10), json!({}));
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, text);
    let tasks = encode(
        r#"[{"name":"resize","params":{"width":7,"fit":"scale","height":3}},{"Name":"flip","Params":null}]"#,
    );
    let answer = client.get(&format!("/KEY/b64/{tasks}/b64://{}", encode(&handle)));
    assert_eq!((picture(&answer).width(), picture(&answer).height()), (7, 3));
}

#[test]
fn intelligence_comes_from_fixtures_or_is_made_up() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("tags")).expect("a folder");
    std::fs::write(folder.path().join("tags/file.bin.json"), r#"{"tags":{"auto":{"cat":99},"user":null}}"#)
        .expect("a file");
    std::fs::write(folder.path().join("sfw.json"), r#"{"sfw":false}"#).expect("a file");
    let options = Options { fixtures: Some(folder.path().to_owned()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(10, 10), json!({}));
    let tags = client.get(&format!("/tags/{handle}"));
    assert_eq!(tags.json()["tags"]["auto"]["cat"], 99);
    assert!(tags.header("x-local-cloud").starts_with("from a fixture"));
    assert_eq!(client.get(&format!("/sfw/{handle}")).json(), json!({"sfw": false}));
    assert!(client.get(&format!("/ocr/{handle}")).json()["document"]["text_areas"].is_array());
    let caption = client.get(&format!("/caption/{handle}"));
    assert!(caption.json()["caption"].is_string());
    assert!(caption.header("x-local-cloud").starts_with("made up"));
    assert_eq!(client.get(&format!("/copyright/{handle}")).status, 501);
    assert_eq!(client.get("/KEY/text_sentiment=text:%22good%22").status, 501);
    let other = client::cloud();
    let client = Client::of(&other);
    let handle = stored(&client, &png(10, 10), json!({}));
    assert!(client.get(&format!("/tags/{handle}")).json()["tags"]["auto"].is_object());
    assert_eq!(client.get(&format!("/sfw/{handle}")).json(), json!({"sfw": true}));
}

#[test]
fn debug_tells_of_a_chain_and_metadata_of_a_picture() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(60, 40), json!({}));
    for path in [format!("/debug/KEY/resize=width:5/{handle}"), format!("/KEY/debug/resize=width:5/{handle}")]
    {
        let told = client.get(&path).json();
        assert_eq!(told["status"]["http_code"], 200, "{told}");
        assert_eq!(told["chain"][0], json!({"name": "resize", "params": {"width": "5"}}));
        assert_eq!(told["source"]["size"], png(60, 40).len());
    }
    let bad = client.get(&format!("/debug/resize=wid:5/{handle}")).json();
    assert_eq!(bad["status"]["http_code"], 400);
    let told = client.get(&format!("/{handle}/metadata?width=true&height=true")).json();
    assert_eq!(told, json!({"width": 60, "height": 40}));
    assert_eq!(client.get(&format!("/KEY/metadata/{handle}")).json()["filename"], "file.bin");
}

#[test]
fn a_document_is_described_in_place_of_its_conversion() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("docinfo")).expect("a folder");
    let pages = json!({"numpages": 41, "dimensions": {"width": 538, "height": 718}});
    std::fs::write(folder.path().join("docinfo/book.pdf.json"), pages.to_string()).expect("a file");
    let options = Options { fixtures: Some(folder.path().to_owned()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(30, 20), json!({}));
    for path in ["output=docinfo:true", "output=format:pdf,docinfo:true"] {
        let told = client.get(&format!("/{path}/{handle}"));
        assert_eq!(told.json(), json!({"numpages": 1, "dimensions": {"width": 30, "height": 20}}), "{path}");
    }
    let book =
        client.send("POST", "/api/store/S3?key=KEY&filename=book.pdf", &[], b"%PDF").expect("an answer");
    let book = book.json()["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("it").to_owned();
    assert_eq!(client.get(&format!("/output=docinfo:true/{book}")).json(), pages);
    let text = stored(&client, b"hello", json!({}));
    assert_eq!(client.get(&format!("/output=docinfo:true/{text}")).status, 501);
    assert_ne!(
        client.get(&format!("/output=format:png,docinfo:false/{handle}")).header("content-type"),
        "application/json"
    );
}
