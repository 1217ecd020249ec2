//! The members of a profile (`specs/telestream.md` 3.5).

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::nearest::nearest;

/// What a profile is made of, in APIs 3.0 and 3.1.
const MEMBERS: [&str; 59] = [
    // identity
    "name",
    "title",
    "preset_name",
    "command",
    "stack",
    "extname",
    "priority",
    // picture
    "width",
    "height",
    "upscale",
    "aspect_mode",
    "aspect_ratio",
    "video_bitrate",
    "max_rate",
    "buffer_size",
    "cbr",
    "fps",
    "keyframe_interval",
    "keyframe_rate",
    "two_pass",
    "deinterlace",
    "interlace",
    "motion_compensate_fps",
    "time_code",
    "h264_crf",
    "h264_profile",
    "h264_level",
    "h264_tune",
    "x264_options",
    "x265_options",
    // sound
    "audio_bitrate",
    "audio_sample_rate",
    "audio_channels",
    "merge_audio_streams",
    // a part of it
    "clip_offset",
    "clip_length",
    // pictures of it
    "frame_count",
    "frame_offsets",
    "frame_interval",
    // a mark on it
    "watermark_url",
    "watermark_top",
    "watermark_bottom",
    "watermark_left",
    "watermark_right",
    "watermark_width",
    "watermark_height",
    // HLS and DASH
    "variants",
    "encryption",
    "encryption_key_url",
    "encryption_key",
    "encryption_iv",
    "closed_captions",
    "dash_profile",
    "segment_time",
    // what the service answers, and a program may send back
    "id",
    "created_at",
    "updated_at",
    "factory_id",
    "expand",
];

/// Refuses a member that is probably a known one with a typing error: the service ignores it, and encodes
/// otherwise than was meant. Others may be newer than this list.
pub fn check(members: &Map<String, Value>) -> Result<()> {
    for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
        if let Some(meant) = nearest(name, MEMBERS.into_iter()) {
            return Err(Error::invalid_argument(format!(
                "params: {name:?} is no member of a profile: did you mean {meant}? If the service knows it, \
                 send it with a request of its own"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_told_and_new_members_are_not() {
        let checked = |name: &str| check(&Map::from_iter([(name.to_owned(), Value::Null)]));
        for (wrong, right) in
            [("widht", "width"), ("Keyframe_rate", "keyframe_rate"), ("audio_bitrat", "bitrate")]
        {
            let error = checked(wrong).expect_err(wrong);
            assert!(error.message().contains(right) && error.message().contains(wrong), "{error}");
        }
        for name in MEMBERS.into_iter().chain(["category", "hdr_mastering", ""]) {
            checked(name).expect(name);
        }
    }
}
