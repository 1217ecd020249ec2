use super::*;
use crate::error::ErrorKind;
use crate::filestack::tasks::ParamKind;

const CDN: &str = "https://cdn.filestackcontent.com";
const HANDLE: &str = "sm9IEXAMPLEQuzfJykmA";

fn of(source: &str) -> Transform {
    Transform::new(TransformSource::parse(source).expect(source))
}

/// The element that a task becomes.
fn element(task: &str, params: &str) -> String {
    let mut transform = of(HANDLE);
    transform.add(task, Some(params)).unwrap_or_else(|error| panic!("{error}"));
    let url = transform.url(CDN, "KEY");
    url[CDN.len() + 1..url.len() - HANDLE.len() - 1].to_owned()
}

fn element_json(task: &str, params: &str) -> String {
    let mut transform = of(HANDLE);
    transform.add_json(task, Some(params)).unwrap_or_else(|error| panic!("{error}"));
    let url = transform.url(CDN, "KEY");
    url[CDN.len() + 1..url.len() - HANDLE.len() - 1].to_owned()
}

fn refusal(task: &str, params: &str) -> String {
    let mut transform = of(HANDLE);
    transform.add("flip", None).expect("a task");
    let error = transform.add(task, Some(params)).expect_err(params);
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(transform.url(CDN, ""), format!("{CDN}/flip/{HANDLE}"), "the chain is what it was");
    error.message().to_owned()
}

/// A value that the kind takes, in JSON and in a URL's notation, and some that it refuses.
fn samples(kind: &ParamKind) -> (String, String, Vec<String>) {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let same = |text: &str| (text.to_owned(), text.to_owned());
    let word = |text: &str| (format!("{text:?}"), text.to_owned());
    let ((json, wire), refused) = match kind {
        ParamKind::Bool => (same("true"), strings(&["\"true\"", "1", "\"yes\"", "[true]"])),
        ParamKind::Int { min, max } => {
            let outside =
                vec![(min - 1).to_string(), (max + 1).to_string(), format!("{min}.5"), format!("\"{min}\"")];
            (same(&max.to_string()), outside)
        }
        ParamKind::Number { min, max } => {
            let outside =
                vec![(min - 1.0).to_string(), (max + 1.0).to_string(), format!("\"{min}\""), "true".into()];
            (same(&max.to_string()), outside)
        }
        ParamKind::Text | ParamKind::Quoted => (word("text"), strings(&["\"\"", "[]", "5", "true"])),
        ParamKind::Choice(words) => {
            (word(words[words.len() - 1]), strings(&["\"nothing_like_it\"", "5", "\"\""]))
        }
        ParamKind::Open(words) => (word(words[0]), strings(&["\"two words\"", "\"\"", "[]", "5"])),
        ParamKind::Colour => (word("a1b2c3"), strings(&["\"#a1b2c3\"", "\"ffff\"", "\"reddish\"", "112233"])),
        ParamKind::Position { faces } => {
            let pair = (r#"["top","left"]"#.to_owned(), "[top,left]".to_owned());
            let mut refused = strings(&[r#"["left","top"]"#, "\"up\"", "[]", r#"["top"]"#, "5"]);
            if !faces {
                refused.push("\"faces\"".to_owned());
            }
            (pair, refused)
        }
        ParamKind::Faces => (same("[1,1000]"), strings(&["0", "1001", "\"some\"", "[]", "[1,\"all\"]"])),
        ParamKind::Objects => {
            let many = format!("[{}]", vec!["[0,0,1,1]"; 51].join(","));
            let mut refused = strings(&["[]", "[0,0,1,1]", "[[0,0,0,1]]", "[[0,0,1]]", "[[0,0,10001,1]]"]);
            refused.push(many);
            (same("[[0,0,1,1],[10000,10000,10000,10000]]"), refused)
        }
        ParamKind::Ints(ranges) => {
            let good: Vec<String> = ranges.iter().map(|(_, max)| max.to_string()).collect();
            let good = format!("[{}]", good.join(","));
            (same(&good), vec!["[1]".into(), "[]".into(), "1".into(), good.replace("000", "001")])
        }
        ParamKind::Pages => {
            let good = (r#"[1,"3-5","7-","-2"]"#.to_owned(), "[1,3-5,7-,-2]".to_owned());
            (good, strings(&["0", "[]", "\"-\"", "\"a-b\"", "[[1]]", "1.5"]))
        }
        ParamKind::Clock => {
            (word("1:02:59"), strings(&["\"24\"", "\"1:60\"", "\"1:2:3:4\"", "\"\"", "\"1:\"", "5"]))
        }
        ParamKind::Percent => (word("50%"), strings(&["\"101%\"", "\"%\""])),
        ParamKind::File => (word(HANDLE), strings(&["\"a.b\"", "[]", "5", "\"ftp://x/y\""])),
        ParamKind::Files => {
            let good = (format!("[{HANDLE:?}]"), format!("[{HANDLE}]"));
            (good, strings(&["[]", "\"sm9IEXAMPLEQuzfJykmA\"", "[\"a.b\"]"]))
        }
        ParamKind::Url => (
            ("\"https://x/y\"".to_owned(), "\"https://x/y\"".to_owned()),
            strings(&["\"x/y\"", "5", "\"https://\""]),
        ),
        ParamKind::Texts => {
            (("[\"a\",\"b\"]".to_owned(), "[a,b]".to_owned()), strings(&["[]", "\"a\"", "[5]"]))
        }
        ParamKind::Either(kinds) => {
            let all: Vec<_> = kinds.iter().map(samples).collect();
            // What the first refuses may be what another one takes.
            return (all[0].0.clone(), all[0].1.clone(), vec!["\"nothing like it\"".into(), "[[]]".into()]);
        }
    };
    (json, wire, refused)
}

/// The parameters without which a task is refused, `but` for one, as JSON and in a URL's notation.
fn needed(task: &Task, but: &str) -> Vec<(String, String)> {
    let one_of = task.one_of.first().filter(|_| !task.one_of.contains(&but));
    let needed = task.params.iter().filter(|param| param.required || one_of == Some(&param.name));
    needed
        .filter(|param| param.name != but)
        .map(|param| {
            let (json, wire, _) = samples(&param.kind);
            (format!("{:?}:{json}", param.name), format!("{}:{wire}", param.name))
        })
        .collect()
}

fn joined(pairs: &[(String, String)]) -> (String, String) {
    let (json, wire): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
    (format!("{{{}}}", json.join(",")), wire.join(","))
}

#[test]
fn every_task_is_taken_under_all_its_names() {
    for task in tasks::all() {
        let (json, wire) = joined(&needed(task, ""));
        let expected = element(task.name, &wire);
        assert!(expected.starts_with(task.name));
        for name in task.aliases {
            assert_eq!(element(name, &wire), expected);
        }
        assert_eq!(element_json(task.name, &json), expected);
        assert!(refusal(task.name, "nothing_like_it:1").contains("nothing_like_it"));
        let slip = format!("{}x", task.name);
        assert!(refusal(&slip, "").contains("did you mean") || tasks::find(&slip).is_some(), "{slip}");
    }
}

#[test]
fn every_parameter_takes_what_its_kind_says_and_nothing_else() {
    let mut count = 0;
    for task in tasks::all() {
        for param in task.params {
            count += 1;
            let (json, wire, refused) = samples(&param.kind);
            let mut pairs = needed(task, param.name);
            pairs.push((format!("{:?}:{json}", param.name), format!("{}:{wire}", param.name)));
            let (json, wire) = joined(&pairs);
            let expected = element(task.name, &wire);
            assert!(expected.contains(&format!("{}:", param.name)), "{expected}");
            assert_eq!(element_json(task.name, &json), expected);
            for alias in param.aliases {
                pairs.last_mut().expect("a pair").1 = format!("{alias}:{}", samples(&param.kind).1);
                assert_eq!(element(task.name, &joined(&pairs).1), expected);
            }

            for value in refused {
                pairs.last_mut().expect("a pair").0 = format!("{:?}:{value}", param.name);
                let (json, _) = joined(&pairs);
                let mut transform = of(HANDLE);
                let error =
                    transform.add_json(task.name, Some(&json)).expect_err(&format!("{} {json}", task.name));
                assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                let (text, start) = (error.message(), format!("{}: {} is ", task.name, param.name));
                assert!(text.starts_with(&start) && text.ends_with(&param.kind.to_string()), "{text}");
            }

            if param.required {
                let (json, wire) = joined(&needed(task, param.name));
                let missing = format!("{}: {} is missing", task.name, param.name);
                assert!(refusal(task.name, &wire).starts_with(&missing));
                assert!(of(HANDLE).add_json(task.name, Some(&json)).is_err());
            }
        }
    }
    assert!(count > 200, "{count} parameters");
}

#[test]
fn either_takes_all_its_kinds() {
    for (task, params) in [
        ("rotate", "deg:exif"),
        ("rotate", "deg:359"),
        ("smart_crop", "coords:true"),
        ("smart_crop", "coords:[11,12]"),
        ("animate", "width:max"),
        ("animate", "width:10000"),
        ("output", "quality:input"),
        ("rounded_corners", "radius:max"),
        ("cache", "expiry:3600"),
        ("crop_faces", "faces:all"),
        ("crop_faces", "faces:3"),
        ("resize", "align:faces,width:1"),
        ("watermark", "file:src://alias/a.png,position:left"),
        ("doc_to_images", "pages:1-"),
        ("pdfconvert", "pages:3"),
    ] {
        element(task, params);
    }
    assert_eq!(element("video_convert", "watermark_width:50%"), "video_convert=watermark_width:50%25");
    assert_eq!(element("video_convert", "clip_offset:00:01:30"), "video_convert=clip_offset:00:01:30");
}

#[test]
fn messages_say_what_is_wrong_and_what_is_allowed() {
    for (task, params, message) in [
        ("rezise", "", r#"task "rezise" is not known: did you mean resize?"#),
        ("resize", "width:20000", "resize: width is 20000, but must be a number from 0 to 10000"),
        ("resize", "fit:clip", "resize: at least one of width, height is needed"),
        ("resize", "width:", "resize: width is empty, but must be a number from 0 to 10000"),
        ("resize", "width:5,w:6", "resize: width is given twice"),
        (
            "resize",
            "width",
            r#"resize: parameter "width" has no value: parameters are written name:value,name:value"#,
        ),
        (
            "resize",
            "width,height:5",
            r#"resize: parameter "width" has no value: parameters are written name:value,name:value"#,
        ),
        (
            "resize",
            "width:5,",
            r#"resize: parameter "" has no value: parameters are written name:value,name:value"#,
        ),
        ("crop", "dim:[1,2,3", "crop: dim has no closing bracket"),
        ("crop", "dim:[1,2,3,4]5", r#"crop: dim goes on after its value: "5""#),
        ("crop", "dim:[[[1]]]", "crop: dim holds lists in lists in lists"),
        ("store", "path:\"a", "store: path has no closing double quote"),
        ("flip", "angle:5", r#"flip: there is no parameter "angle": this task takes none"#),
        (
            "quality",
            "valeu:5",
            r#"quality: there is no parameter "valeu": did you mean value? this task takes value"#,
        ),
        ("security", "p:a", "security is not added as a task: a signed URL brings it along"),
    ] {
        assert_eq!(refusal(task, params), message);
    }
    let mut transform = of(HANDLE);
    for (params, message) in [
        ("[]", "resize: params is not a JSON object"),
        (r#"{"width":{}}"#, "resize: width holds an object or null, which no parameter takes"),
        (r#"{"width":null}"#, "resize: at least one of width, height is needed"),
        (r#"{"width":"5"}"#, r#"resize: width is "5", but must be a number from 0 to 10000"#),
    ] {
        assert_eq!(transform.add_json("resize", Some(params)).expect_err(params).message(), message);
    }
    assert!(transform.add_json("resize", Some("{")).expect_err("{").message().contains("not JSON"));
}

#[test]
fn the_same_transformation_has_the_same_url() {
    let expected = "resize=align:%5Btop,left%5D,height:2,width:1";
    assert_eq!(element("resize", "width:1,height:2,align:[top,left]"), expected);
    assert_eq!(element("resize", " align : [ top , \"left\" ] , h:2 , w:1 "), expected);
    assert_eq!(element_json("resize", r#"{"width":1,"align":["top","left"],"h":2,"fit":null}"#), expected);
    for other in
        ["width:01", "width:+1", "width:1e2", "width:.5", "width:1.", "width:NaN", "width:inf", "width:1_0"]
    {
        assert!(refusal("resize", other).contains("number"), "{other}");
    }
    assert_eq!(
        element_json("detect_faces", r#"{"minsize":0.35,"maxsize":500.0}"#),
        "detect_faces=maxsize:500.0,minsize:0.35"
    );
}

#[test]
fn golden_urls() {
    // specs/filestack.md 6.9
    assert_eq!(element("resize", "width:800"), "resize=width:800");
    assert_eq!(element("store", "path:a/b/"), "store=path:%22a/b/%22");
    assert_eq!(element("crop", "dim:[1, 2, 30, 40]"), "crop=dim:%5B1,2,30,40%5D");
    assert_eq!(
        element("partial_blur", "objects:[[0,0,10,10],[20,20,5,5]],amount:3"),
        "partial_blur=amount:3,objects:%5B%5B0,0,10,10%5D,%5B20,20,5,5%5D%5D"
    );
    assert_eq!(
        element_json("store", r#"{"path":"a/b/","workflows":["w1","w2"],"base64decode":true}"#),
        "store=base64decode:true,path:%22a/b/%22,workflows:%5Bw1,w2%5D"
    );
    assert_eq!(element("cache", "false"), "cache=false");
    assert_eq!(element_json("cache", "false"), "cache=false");
    assert_eq!(element("cache", "expiry:max"), "cache=expiry:max");
    assert_eq!(element("round_corners", "radius:max"), "rounded_corners=radius:max");

    let mut transform = of("http://example.com/a?b=c#d");
    for (task, params) in [("resize", Some("width:500,height:500")), ("flip", None), ("enhance", Some(""))] {
        transform.add(task, params).expect(task);
    }
    let chain = "resize=height:500,width:500/flip/enhance";
    let source = "http://example.com/a%3Fb=c%23d";
    assert_eq!(transform.url(CDN, "KEY"), format!("{CDN}/KEY/{chain}/{source}"));
    let security = Security::new(r#"{"expiry":1}"#, "s").expect("a policy");
    let signed = format!("{CDN}/KEY/{chain}/{}/{source}", security.url_element());
    assert_eq!(transform.signed_url(&format!("{CDN}/"), "KEY", &security), signed);
    assert_eq!(transform.clone().signed_url(CDN, "KEY", &security), signed);
}

#[test]
fn the_source_decides_about_the_key() {
    assert_eq!(of(HANDLE).url(CDN, "KEY"), format!("{CDN}/{HANDLE}"));
    let mut asked = of(HANDLE);
    asked.always_with_apikey(true);
    assert_eq!(asked.url(CDN, "KEY"), format!("{CDN}/KEY/{HANDLE}"));
    assert_eq!(of("src://alias/a b.png").url(CDN, "KEY"), format!("{CDN}/KEY/src://alias/a%20b.png"));

    let mut zip = Transform::new(TransformSource::list(&[HANDLE, "https://x/a,b"]).expect("a list"));
    zip.add("zip", None).expect("a task");
    assert_eq!(zip.url(CDN, "KEY"), format!("{CDN}/KEY/zip/%5B{HANDLE},%22https://x/a,b%22%5D"));

    // A quote inside an element does not end it.
    for (quote, encoded) in [("\"", "%2522"), ("%22", "%2522")] {
        let one = format!("https://x/a{quote},{quote}https://y/b");
        let mut zip = Transform::new(TransformSource::list(&[&one]).expect("a list"));
        zip.add("zip", None).expect("a task");
        let expected = format!("{CDN}/KEY/zip/%5B%22https://x/a{encoded},{encoded}https://y/b%22%5D");
        assert_eq!(zip.url(CDN, "KEY"), expected);
    }

    let mut status = Transform::new(TransformSource::none());
    status.add("workflow_status", Some("job_id:j-1")).expect("a task");
    assert_eq!(status.url(CDN, "KEY"), format!("{CDN}/KEY/workflow_status=job_id:j-1"));

    // As those of filelinks: what the one takes from a service the other has to take too.
    for handle in ["HANDLE", "a", &"x".repeat(128)] {
        assert_eq!(of(handle).url(CDN, "KEY"), format!("{CDN}/{handle}"));
    }
    let long = "x".repeat(129);
    for wrong in ["", "a.b", "sm9IEXAMPLEQuzfJykm!", &long, "ftp://x/y", "http://", "https://x\n"] {
        let error = TransformSource::parse(wrong).expect_err(wrong);
        assert!(error.message().contains("a handle (1 to 128"), "{wrong}");
    }
    assert!(TransformSource::list(&[]).is_err() && TransformSource::list(&["a.b"]).is_err());
}

#[test]
fn raw_elements_pass_as_they_are() {
    let mut transform = of(HANDLE);
    transform.add_raw("new_task=k:v,l:[a b],m:\"x/y\",n:%20").expect("an element");
    transform.add_raw("plain").expect("an element");
    assert_eq!(
        transform.url(CDN, ""),
        format!("{CDN}/new_task=k:v,l:%5Ba%20b%5D,m:%22x/y%22,n:%20/plain/{HANDLE}")
    );
    for wrong in ["", "=k:v", "a/b", "a=b/c", "a=\"b\"/c", "security=p:x,s:y", "../x", "a b=c:d"] {
        assert!(transform.add_raw(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn base64_hides_what_is_strange() {
    // specs/filestack.md 6.4
    let mut transform = of("5aYkEQJSQCmYShsoCnZN");
    transform.add("upscale", None).expect("a task");
    transform.always_with_apikey(true);
    assert_eq!(
        transform.base64_url(CDN, "DEFAULT_API_KEY", None),
        format!("{CDN}/DEFAULT_API_KEY/b64/W3sibmFtZSI6InVwc2NhbGUifV0=/b64://NWFZa0VRSlNRQ21ZU2hzb0NuWk4=")
    );
    assert_eq!(of("http://x/?ü").base64_url(CDN, "K", None), format!("{CDN}/K/b64://aHR0cDovL3gvP8O8"));
}

#[test]
fn a_chain_is_also_json() {
    let mut transform = of(HANDLE);
    for (task, params) in [
        ("resize", r#"{"width":500,"height":0.5,"align":["top","left"]}"#),
        ("polaroid", r#"{"background":"000000"}"#),
        ("partial_blur", r#"{"objects":[[1,2,3,4]]}"#),
        ("text_sentiment", r#"{"text":"say \"50%\", ü/2"}"#),
        ("store", r#"{"filename":"2024","workflows":["1"],"base64decode":true}"#),
        ("collage", r#"{"files":["https://x/%20"],"width":1,"height":2}"#),
        ("cache", "false"),
        ("flip", "{}"),
    ] {
        transform.add_json(task, Some(params)).expect(task);
    }
    transform.add_raw("new_task=k:v,n:5,b:true").expect("an element");
    let expected = serde_json::json!([
        {"name":"resize","params":{"align":["top","left"],"height":0.5,"width":500}},
        {"name":"polaroid","params":{"background":"000000"}},
        {"name":"partial_blur","params":{"objects":[[1,2,3,4]]}},
        {"name":"text_sentiment","params":{"text":"say \"50%\", ü/2"}},
        {"name":"store","params":{"base64decode":true,"filename":"2024","workflows":["1"]}},
        {"name":"collage","params":{"files":["https://x/%20"],"height":2,"width":1}},
        {"name":"cache","params":false},
        {"name":"flip"},
        {"name":"new_task","params":{"k":"v","n":5,"b":true}},
    ]);
    assert_eq!(Value::Array(transform.tasks()), expected);
}
