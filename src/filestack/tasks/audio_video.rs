//! Audio and video (`specs/filestack.md` 7.1).

use super::{Answer, Param, ParamKind, Task};

const OFFSET: ParamKind = ParamKind::Int { min: 0, max: 9999 };
const LENGTH: ParamKind = ParamKind::Either(&[OFFSET, ParamKind::Percent]);
const EDGE: ParamKind = ParamKind::Int { min: 1, max: 4096 };

const PARAMS: &[Param] = &[
    Param::new(
        "preset",
        ParamKind::Open(&[
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
        "Format of the result.",
    )
    .aliases(&["p"]),
    Param::new("force", ParamKind::Bool, "Whether a job that is finished or under way runs again."),
    Param::new("width", EDGE, "Width in pixels."),
    Param::new("height", EDGE, "Height in pixels."),
    Param::new("title", ParamKind::Text, "Title in the result's metadata."),
    Param::new("extname", ParamKind::Text, "File extension of the result, such as .mp4."),
    Param::new("filename", ParamKind::Text, "File name of the result."),
    Param::new(
        "location",
        ParamKind::Open(&["S3", "gcs", "azure", "rackspace", "dropbox"]),
        "The storage of the result, in either case.",
    ),
    Param::new("path", ParamKind::Text, "Folder or key of the result."),
    Param::new("container", ParamKind::Text, "Bucket of the result."),
    Param::new(
        "access",
        ParamKind::Choice(&["public", "private"]),
        "Who may read the result in its storage.",
    )
    .default("public"),
    Param::new("upscale", ParamKind::Bool, "Whether a small video is enlarged.").default("true"),
    Param::new(
        "aspect_mode",
        ParamKind::Choice(&["preserve", "constrain", "letterbox", "pad", "crop"]),
        "How the video is fitted into width and height.",
    )
    .default("letterbox"),
    Param::new("two_pass", ParamKind::Bool, "Whether the video is encoded in two passes.").default("false"),
    Param::new("video_bitrate", ParamKind::Int { min: 1, max: 5000 }, "Bit rate of the video in kbit/s."),
    Param::new("fps", ParamKind::Int { min: 1, max: 300 }, "Frames per second; the source's when not given."),
    // JS allows 250 alone, which would make it a constant; the other SDKs set no bound.
    Param::new(
        "keyframe_interval",
        ParamKind::Int { min: 1, max: 99_999 },
        "Frames from one key frame to the next.",
    )
    .default("250"),
    Param::new("audio_bitrate", ParamKind::Int { min: 0, max: 999 }, "Bit rate of the audio in kbit/s."),
    Param::new(
        "audio_sample_rate",
        ParamKind::Int { min: 1, max: 99_999 },
        "Sample rate of the audio in Hz.",
    )
    .aliases(&["audio_samplerate"])
    .default("44100"),
    Param::new("audio_channels", ParamKind::Int { min: 1, max: 12 }, "Number of audio channels."),
    Param::new(
        "audio_codec",
        ParamKind::Choice(&[
            "libmp3lame",
            "libvorbis",
            "libfdk_aac",
            "dib_ac3",
            "pcm_s16le",
            "mp2",
            "ac3",
            "eac3",
        ]),
        "Codec of the audio.",
    ),
    Param::new("clip_length", ParamKind::Clock, "Length of the part to convert."),
    Param::new("clip_offset", ParamKind::Clock, "Where the part to convert begins."),
    Param::new("watermark_url", ParamKind::Url, "URL of a picture laid over the video."),
    Param::new("watermark_top", OFFSET, "Its distance from the top in pixels."),
    Param::new("watermark_right", OFFSET, "Its distance from the right in pixels."),
    Param::new("watermark_bottom", OFFSET, "Its distance from the bottom in pixels."),
    Param::new("watermark_left", OFFSET, "Its distance from the left in pixels."),
    Param::new("watermark_width", LENGTH, "Its width in pixels, or a share of the video."),
    Param::new("watermark_height", LENGTH, "Its height in pixels, or a share of the video."),
    Param::new("frame_count", ParamKind::Int { min: 1, max: 1 }, "Number of frames; only 1 is known."),
];

pub(super) const TASKS: &[Task] = &[
    Task::new("video_convert", "Converts audio or video; the same URL asked again tells how far it is.")
        .aliases(&["av_convert"])
        .params(PARAMS)
        .answers(Answer::Json),
    Task::new(
        "video_playlist",
        "Converts a video to an HLS playlist; the same URL asked again tells how far it is.",
    )
    .params(PARAMS)
    .answers(Answer::Json),
];
