//! What a profile can be made of (3.5): presets, and the parameters that a profile keeps.

use serde_json::{Value, json};

use super::params::{is_true, text_of};
use super::refusal::Refusal;

/// Name, ending, and the type of what it makes.
const PRESETS: [(&str, &str, &str); 14] = [
    ("h264", ".mp4", "video/mp4"),
    ("h264.hi", ".mp4", "video/mp4"),
    ("webm", ".webm", "video/webm"),
    ("webm.hi", ".webm", "video/webm"),
    ("ogg", ".ogg", "video/ogg"),
    ("ogg.hi", ".ogg", "video/ogg"),
    ("hls.variant", ".ts", "video/MP2T"),
    ("hls.variant.audio", ".ts", "video/MP2T"),
    ("hls.variant.playlist", ".m3u8", "application/x-mpegURL"),
    ("hss", ".ism", "application/vnd.ms-sstr+xml"),
    ("mp3", ".mp3", "audio/mpeg"),
    ("aac", ".m4a", "audio/aac"),
    ("vorbis", ".oga", "audio/ogg"),
    ("thumbnail", ".jpg", "image/jpeg"),
];

/// The ending of what a preset makes.
pub(crate) fn extname(preset: &str) -> Result<&'static str, Refusal> {
    let found = PRESETS.iter().find(|(name, ..)| *name == preset);
    found
        .map(|(_, extname, _)| *extname)
        .ok_or_else(|| Refusal::missing(format!("Couldn't find Preset with name={preset}")))
}

/// The type of a file by its ending.
pub(crate) fn mime_type(extname: &str) -> &'static str {
    let lower = extname.to_ascii_lowercase();
    let found = PRESETS.iter().find(|(_, known, _)| *known == lower);
    let other = match lower.as_str() {
        ".mov" => "video/quicktime",
        ".avi" => "video/x-msvideo",
        ".mkv" => "video/x-matroska",
        ".flv" => "video/x-flv",
        ".mpg" | ".mpeg" => "video/mpeg",
        _ => "application/octet-stream",
    };
    found.map_or(other, |(.., mime_type)| mime_type)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Integer,
    /// A number, or text such as `same_as_source`.
    Number,
    Flag,
}

/// Names of one kind, with blanks between them.
const PARAMETERS: [(Kind, &str); 4] = [
    (
        Kind::Text,
        "name title preset_name command stack extname aspect_mode aspect_ratio deinterlace interlace time_code h264_profile \
         h264_level h264_tune x264_options x265_options clip_offset clip_length frame_offsets frame_interval watermark_url \
         watermark_top watermark_bottom watermark_left watermark_right watermark_width watermark_height variants \
         encryption_key_url encryption_key encryption_iv closed_captions dash_profile",
    ),
    (
        Kind::Integer,
        "priority width height video_bitrate audio_bitrate max_rate buffer_size keyframe_interval audio_sample_rate \
         audio_channels frame_count segment_time h264_crf",
    ),
    (Kind::Number, "fps keyframe_rate"),
    (Kind::Flag, "upscale cbr two_pass motion_compensate_fps merge_audio_streams encryption"),
];

/// A parameter in the type that a profile has it in; `None` if profiles do not have it.
pub(crate) fn typed(name: &str, value: &Value) -> Option<Result<Value, Refusal>> {
    let has = |names: &str| names.split_whitespace().any(|known| known == name);
    let kind = PARAMETERS.iter().find(|(_, names)| has(names)).map(|(kind, _)| *kind)?;
    Some(match kind {
        _ if value.is_null() => Ok(Value::Null),
        Kind::Flag => Ok(Value::Bool(is_true(value))),
        Kind::Text => {
            text_of(value).map(Value::from).ok_or_else(|| Refusal::bad(format!("{name} is not text")))
        }
        Kind::Integer | Kind::Number => number(name, value, kind),
    })
}

fn number(name: &str, value: &Value, kind: Kind) -> Result<Value, Refusal> {
    let text = text_of(value).unwrap_or_default();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(integer), _) => Ok(Value::from(integer)),
        (Err(_), Ok(number)) if kind == Kind::Number && number.is_finite() => Ok(Value::from(number)),
        _ if kind == Kind::Number => Ok(Value::from(text)),
        _ => Err(Refusal::bad(format!("{name} is not a number: {text}"))),
    }
}

/// What `expand` adds where a profile says nothing else.
pub(crate) fn defaults() -> [(&'static str, Value); 6] {
    [
        ("upscale", json!(true)),
        ("aspect_mode", json!("letterbox")),
        ("keyframe_interval", json!(250)),
        ("audio_sample_rate", json!(44100)),
        ("frame_count", json!(7)),
        ("two_pass", json!(false)),
    ]
}
