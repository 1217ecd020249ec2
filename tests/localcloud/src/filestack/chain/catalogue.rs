//! The tasks the service knows, with their parameters and ranges (6.7, 7.1).

use serde_json::{Value as Json, json};

use super::Task;
use super::element::Value;
use super::kind::Kind::{
    self, Any, Bool, Boxes, Colour, Faces, Int, IntOr, Number, Pair, Position, Text, Texts, Time, Word,
};

/// Long name, short name (empty: none), what it may be.
type Param = (&'static str, &'static str, Kind);

pub(crate) struct Entry {
    name: &'static str,
    params: &'static [Param],
    required: &'static [&'static str],
}

impl Entry {
    pub(crate) fn long<'a>(&'a self, name: &'a str) -> &'a str {
        let found = self.params.iter().find(|(_, short, _)| !short.is_empty() && *short == name);
        found.map_or(name, |(long, ..)| long)
    }
}

/// What [`crate::tasks`] tells.
pub(crate) fn to_json() -> Json {
    let entry = |entry: &Entry| {
        let params = entry.params.iter().map(|(name, short, kind)| {
            let short = Some(short).filter(|short| !short.is_empty());
            json!({ "name": name, "short": short, "kind": kind.to_json() })
        });
        json!({ "name": entry.name, "required": entry.required, "params": params.collect::<Vec<_>>() })
    };
    TASKS.iter().map(entry).collect()
}

pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    TASKS.iter().find(|entry| entry.name == name)
}

/// The texts for tasks and parameters that are wrong. The first is the service's (9.1); the others follow its
/// form.
pub(crate) fn check(task: &Task) -> Result<(), String> {
    let name = &task.name;
    let Some(entry) = find(name) else {
        return Err(format!("invalid task `{name}`"));
    };
    for (param, value) in &task.params {
        let Some((_, _, kind)) = entry.params.iter().find(|(long, ..)| long == param) else {
            let shown = if param.is_empty() { value.texts().join(",") } else { param.clone() };
            return Err(format!("invalid parameter `{shown}` for `{name}` task"));
        };
        kind.check(value).map_err(|wanted| {
            format!(
                "invalid value `{}` of parameter `{param}` for `{name}` task: it must be {wanted}",
                show(value)
            )
        })?;
    }
    for param in entry.required {
        if task.value(param).is_none() {
            return Err(format!("missing parameter `{param}` for `{name}` task"));
        }
    }
    match (name.as_str(), task.value("width"), task.value("height")) {
        ("resize", None, None) => Err("missing parameter `width` or `height` for `resize` task".to_owned()),
        _ => Ok(()),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(",")),
    }
}

const fn task(name: &'static str, params: &'static [Param]) -> Entry {
    Entry { name, params, required: &[] }
}

const fn with(name: &'static str, required: &'static [&'static str], params: &'static [Param]) -> Entry {
    Entry { name, params, required }
}

const EDGE: Kind = Int(0, 10_000);
const FACE: Kind = Number(0.0, 10_000.0);
const BLUR: Kind = Number(0.0, 20.0);
const AMOUNT: Kind = Int(2, 100);
const SHAPE: Kind = Word(&["rect", "oval"]);
const ORIENTATION: Kind = Word(&["portrait", "landscape"]);
const PAGE: Kind = Word(&["a2", "a3", "a4", "a5", "b4", "b5", "letter", "legal", "tabloid"]);
const LANGUAGES: &[&str] =
    &["auto", "en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"];

/// Parameters of `pixelate_faces` and `blur_faces`, which measure their `amount` differently.
const fn faces(amount: Kind) -> [Param; 7] {
    [
        ("faces", "", Faces),
        ("minsize", "", FACE),
        ("maxsize", "", FACE),
        ("buffer", "", EDGE),
        ("amount", "", amount),
        ("blur", "", BLUR),
        ("type", "", SHAPE),
    ]
}

const STORE: &[Param] = &[
    ("filename", "", Text),
    ("location", "", Word(&["s3", "gcs", "azure", "rackspace", "dropbox"])),
    ("path", "", Text),
    ("container", "", Text),
    ("region", "", Text),
    ("access", "", Word(&["public", "private"])),
    ("base64decode", "", Bool),
    ("workflows", "", Texts),
];

const CONVERSION: &[Param] = &[
    (
        "preset",
        "p",
        Word(&[
            "h264",
            "h264.hi",
            "webm",
            "webm.hi",
            "ogg",
            "ogg.hi",
            "hls.variant",
            "mp3",
            "oga",
            "m4a",
            "aac",
            "hls.variant.audio",
        ]),
    ),
    ("force", "", Bool),
    ("width", "", Int(1, 4096)),
    ("height", "", Int(1, 4096)),
    ("title", "", Text),
    ("extname", "", Text),
    ("filename", "", Text),
    ("location", "", Word(&["s3", "gcs", "azure", "rackspace", "dropbox"])),
    ("path", "", Text),
    ("container", "", Text),
    ("access", "", Word(&["public", "private"])),
    ("upscale", "", Bool),
    ("aspect_mode", "", Word(&["preserve", "constrain", "letterbox", "pad", "crop"])),
    ("two_pass", "", Bool),
    ("video_bitrate", "", Int(1, 5000)),
    ("fps", "", Int(1, 300)),
    ("keyframe_interval", "", Int(1, 99_999)),
    ("audio_bitrate", "", Int(0, 999)),
    ("audio_sample_rate", "audio_samplerate", Int(1, 99_999)),
    ("audio_channels", "", Int(1, 12)),
    (
        "audio_codec",
        "",
        Word(&["libmp3lame", "libvorbis", "libfdk_aac", "dib_ac3", "pcm_s16le", "mp2", "ac3", "eac3"]),
    ),
    ("clip_length", "", Time),
    ("clip_offset", "", Time),
    ("watermark_url", "", Text),
    ("watermark_top", "", Int(0, 9999)),
    ("watermark_right", "", Int(0, 9999)),
    ("watermark_bottom", "", Int(0, 9999)),
    ("watermark_left", "", Int(0, 9999)),
    ("watermark_width", "", Text),
    ("watermark_height", "", Text),
    ("frame_count", "", Int(1, 1)),
];

#[rustfmt::skip]
static TASKS: &[Entry] = &[
    // Size, crop, orientation
    task("resize", &[("width", "w", EDGE), ("height", "h", EDGE), ("fit", "f", Word(&["clip", "crop", "scale", "max"])),
        ("align", "a", Position(true)), ("filter", "", Text)]),
    with("crop", &["dim"], &[("dim", "d", Boxes)]),
    task("rotate", &[("deg", "d", IntOr(0, 359, &["exif"])), ("exif", "e", Bool), ("background", "b", Colour)]),
    task("flip", &[]),
    task("flop", &[]),
    // `coords` is a flag; the Python SDK's users give it a place as well.
    task("smart_crop", &[("mode", "", Word(&["auto", "face", "object", "fit"])), ("width", "", EDGE), ("height", "", EDGE),
        ("fill_color", "", Colour), ("coords", "", Any), ("object", "", Text)]),
    task("circle", &[("background", "b", Colour)]),
    task("auto_image", &[]),
    task("imagesize", &[]),
    // Faces
    task("detect_faces", &[("minsize", "n", FACE), ("maxsize", "x", FACE), ("color", "c", Colour), ("export", "e", Bool)]),
    task("crop_faces", &[("mode", "", Word(&["crop", "thumb", "fill"])), ("width", "", Int(1, 10_000)),
        ("height", "", Int(1, 10_000)), ("faces", "", Faces), ("buffer", "", EDGE), ("minsize", "", FACE), ("maxsize", "", FACE)]),
    task("pixelate_faces", const { &faces(AMOUNT) }),
    task("blur_faces", const { &faces(BLUR) }),
    task("redeye", &[]),
    // Effects
    task("rounded_corners", &[("radius", "r", IntOr(1, 10_000, &["max"])), ("blur", "l", BLUR), ("background", "b", Colour)]),
    task("vignette", &[("amount", "a", Int(0, 100)), ("blurmode", "m", Word(&["gaussian", "linear"])), ("background", "b", Colour)]),
    task("polaroid", &[("color", "c", Colour), ("rotate", "r", Int(0, 359)), ("background", "b", Colour)]),
    task("torn_edges", &[("spread", "s", Pair(1, 10_000)), ("background", "b", Colour)]),
    task("shadow", &[("blur", "l", BLUR), ("opacity", "o", Int(0, 100)), ("vector", "v", Pair(-1000, 1000)),
        ("color", "", Colour), ("background", "b", Colour)]),
    task("border", &[("width", "w", Int(0, 1000)), ("color", "c", Colour), ("background", "b", Colour)]),
    task("sharpen", &[("amount", "a", Int(0, 20))]),
    task("blur", &[("amount", "a", Int(0, 20))]),
    task("monochrome", &[]),
    task("blackwhite", &[("threshold", "t", Int(0, 100))]),
    task("sepia", &[("tone", "t", Int(0, 100))]),
    task("pixelate", &[("amount", "a", AMOUNT)]),
    task("oil_paint", &[("amount", "a", AMOUNT)]),
    task("negative", &[]),
    task("modulate", &[("brightness", "b", EDGE), ("saturation", "s", EDGE), ("hue", "h", Int(0, 359))]),
    with("partial_pixelate", &["objects"], &[("objects", "o", Boxes), ("amount", "a", AMOUNT), ("blur", "l", BLUR), ("type", "t", SHAPE)]),
    with("partial_blur", &["objects"], &[("objects", "o", Boxes), ("amount", "a", Int(0, 100)), ("blur", "l", BLUR), ("type", "t", SHAPE)]),
    task("enhance", &[("preset", "", Word(&["auto", "vivid", "beautify", "beautify_plus", "fix_dark", "fix_noise", "fix_tint",
        "outdoor", "fireworks"]))]),
    task("upscale", &[("noise", "n", Word(&["none", "low", "medium", "high"])), ("upscale", "u", Bool),
        ("style", "s", Word(&["artwork", "photo"]))]),
    task("ascii", &[("foreground", "f", Colour), ("background", "b", Colour), ("colored", "c", Bool), ("reverse", "r", Bool),
        ("size", "s", Int(10, 100))]),
    // Composition
    with("watermark", &["file"], &[("file", "f", Text), ("size", "s", Int(0, 500)), ("position", "p", Position(false))]),
    with("collage", &["files", "width", "height"], &[("files", "f", Texts), ("width", "w", EDGE), ("height", "h", EDGE),
        ("margin", "m", Int(1, 100)), ("color", "c", Colour), ("fit", "i", Word(&["auto", "crop"])), ("autorotate", "a", Bool)]),
    task("animate", &[("delay", "", EDGE), ("loop", "", Int(0, 1000)), ("width", "", IntOr(1, 10_000, &["max"])),
        ("height", "", IntOr(1, 10_000, &["max"])), ("fit", "", Word(&["clip", "scale", "crop"])), ("align", "", Position(true)),
        ("background", "", Colour)]),
    // Format, documents, delivery
    task("output", &[("format", "f", Word(&["doc", "docx", "gif", "html", "jpg", "jpeg", "odp", "ods", "odt", "pjpg", "pdf", "png",
        "ppt", "pptx", "svg", "txt", "webp", "xls", "xlsx", "bmp", "tiff"])),
        ("page", "", Int(1, 99_999)), ("density", "", Int(1, 500)), ("quality", "", IntOr(1, 100, &["input"])),
        ("colorspace", "", Word(&["rgb", "cmyk", "input"])), ("compress", "", Bool), ("strip", "", Bool), ("secure", "", Bool),
        ("docinfo", "", Bool), ("background", "", Colour), ("pageformat", "", PAGE), ("pageorientation", "", ORIENTATION)]),
    with("quality", &["value"], &[("value", "v", Int(1, 100))]),
    task("pjpg", &[("quality", "", Int(0, 100)), ("metadata", "", Bool)]),
    task("compress", &[("metadata", "m", Bool)]),
    task("no_metadata", &[]),
    task("cache", &[("", "", Word(&["false", "true"])), ("expiry", "e", IntOr(1, 31_536_000, &["max"]))]),
    with("fallback", &["file"], &[("file", "handle", Text), ("cache", "", Number(1.0, 31_536_000.0))]),
    task("pdfinfo", &[("colorinfo", "", Bool)]),
    task("pdfconvert", &[("pageorientation", "", ORIENTATION), ("pageformat", "", PAGE), ("pages", "", Texts), ("metadata", "", Text)]),
    task("pdfcreate", &[("engine", "", Text)]),
    task("doc_to_images", &[("pages", "", Texts), ("engine", "", Text), ("format", "", Text), ("quality", "", Int(1, 100)),
        ("density", "", Int(1, 500)), ("hidden_slides", "", Bool)]),
    task("doc_detection", &[("coords", "", Bool), ("preprocess", "", Bool)]),
    task("slide", &[("theme", "", Text), ("engine", "", Text)]),
    task("preview", &[("css", "", Text)]),
    task("content", &[("filename", "", Text), ("type", "", Text)]),
    task("qr", &[("version", "", Int(1, 40)), ("error_correction", "", Text), ("format", "", Text)]),
    task("minify_css", &[("level", "", Int(1, 2)), ("gzip", "", Bool)]),
    task("minify_js", &[("gzip", "", Bool), ("use_babel_polyfill", "", Bool), ("keep_fn_name", "", Bool),
        ("keep_class_name", "", Bool), ("mangle", "", Bool), ("merge_vars", "mergeVars", Bool), ("remove_console", "removeConsole", Bool),
        ("remove_undefined", "removeUndefined", Bool), ("targets", "", Any),
        // The set of another SDK.
        ("booleans", "", Bool), ("builtIns", "", Bool), ("consecutiveAdds", "", Bool), ("deadcode", "", Bool),
        ("evaluate", "", Bool), ("flipComparisons", "", Bool), ("guards", "", Bool), ("infinity", "", Bool),
        ("memberExpressions", "", Bool), ("numericLiterals", "", Bool), ("propertyLiterals", "", Bool),
        ("regexpConstructors", "", Bool), ("removeDebugger", "", Bool), ("simplify", "", Bool),
        ("simplifyComparisons", "", Bool), ("typeConstructors", "", Bool), ("undefinedToVoid", "", Bool)]),
    task("zip", &[]),
    task("urlscreenshot", &[("agent", "a", Word(&["desktop", "mobile"])), ("mode", "m", Word(&["all", "window"])),
        ("width", "w", Int(1, 10_000)), ("height", "h", Int(1, 10_000)), ("delay", "d", Int(0, 20_000)),
        ("orientation", "", ORIENTATION), ("device", "", Text)]),
    // Intelligence, storage, control
    task("tags", &[]),
    task("sfw", &[]),
    task("ocr", &[]),
    task("caption", &[]),
    task("copyright", &[]),
    task("image_sentiment", &[]),
    with("text_sentiment", &["text"], &[("text", "", Text), ("language", "", Word(LANGUAGES))]),
    task("metadata", &[]),
    task("store", STORE),
    with("security", &["policy", "signature"], &[("policy", "p", Text), ("signature", "s", Text)]),
    with("run_workflow", &["id"], &[("id", "", Text)]),
    with("workflow_status", &["job_id"], &[("job_id", "", Text)]),
    task("debug", &[]),
    task("video_convert", CONVERSION),
    task("video_playlist", CONVERSION),
    task("b64", &[]),
];

#[cfg(test)]
mod tests {
    use super::super::Chain;

    fn check(path: &str) -> Result<(), String> {
        Chain::parse(path).expect("a chain").check()
    }

    #[test]
    fn a_wrong_parameter_is_told_in_the_words_of_the_service() {
        let error = check("/resize=heigt:5/HANDLE").expect_err("no such parameter");
        assert_eq!(error, "invalid parameter `heigt` for `resize` task");
        let error = check("/KEY1/resiz=height:5/HANDLE").expect_err("no such task");
        assert_eq!(error, "invalid task `resiz`");
    }

    #[test]
    fn ranges_are_judged() {
        for path in [
            "/resize=width:10001/H",
            "/resize/H",
            "/resize=width:5,fit:tight/H",
            "/blur=amount:21/H",
            "/crop=dim:[1,2,3]/H",
            "/crop/H",
            "/rotate=deg:360/H",
            "/border=color:nosuch/H",
            "/text_sentiment=text:%22a%22,language:xx",
            "/cache=perhaps/H",
            "/video_convert=clip_length:25:00:00/H",
        ] {
            assert!(check(path).is_err(), "{path}");
        }
        for path in [
            "/resize=width:10000,align:[top,left]/H",
            "/resize=h:5,a:faces/H",
            "/crop=d:[1,2,3,4]/H",
            "/rotate=deg:exif/H",
            "/partial_blur=objects:[[0,0,10,10],[20,20,5,5]],amount:3/H",
            "/cache=false/H",
            "/cache=expiry:max/H",
            "/video_convert=preset:h264,clip_length:00:00:10/H",
            "/fallback=handle:X/H",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }
}
