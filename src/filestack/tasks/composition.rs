//! Composition: several pictures become one.

use super::size::PIXELS;
use super::{Param, ParamKind, Task};

/// Edge of an animation in pixels.
const FRAME: ParamKind =
    ParamKind::Either(&[ParamKind::Int { min: 1, max: 10_000 }, ParamKind::Choice(&["max"])]);

pub(super) const TASKS: &[Task] = &[
    Task::new("watermark", "Lays another picture over this one.").params(&[
        Param::new("file", ParamKind::File, "The picture laid over it.").aliases(&["f"]).required(),
        Param::new("size", ParamKind::Number { min: 0.0, max: 500.0 }, "Its size in percent.")
            .aliases(&["s"])
            .default("100"),
        Param::new("position", ParamKind::Position { faces: false }, "Where it is laid.")
            .aliases(&["p"])
            .default("center"),
    ]),
    Task::new("collage", "Puts pictures side by side; the source is the first of them.").params(&[
        Param::new("files", ParamKind::Files, "The pictures beside the source.").aliases(&["f"]).required(),
        Param::new("width", PIXELS, "Width of the collage in pixels.").aliases(&["w"]).required(),
        Param::new("height", PIXELS, "Height of the collage in pixels.").aliases(&["h"]).required(),
        Param::new("margin", ParamKind::Int { min: 1, max: 100 }, "Pixels between the pictures.")
            .aliases(&["m"])
            .default("10"),
        Param::new("color", ParamKind::Colour, "Colour between the pictures.")
            .aliases(&["c"])
            .default("FFFFFFFF"),
        Param::new(
            "fit",
            ParamKind::Choice(&["auto", "crop"]),
            "How the pictures are fitted into their places.",
        )
        .aliases(&["i"])
        .default("auto"),
        Param::new("autorotate", ParamKind::Bool, "Whether pictures may be turned to fit better.")
            .aliases(&["a"])
            .default("false"),
    ]),
    Task::new("animate", "Makes a GIF of the pictures in the source.").params(&[
        Param::new("delay", ParamKind::Int { min: 0, max: 10_000 }, "Milliseconds each picture is shown.")
            .default("1000"),
        Param::new("loop", ParamKind::Int { min: 0, max: 1000 }, "How often it runs; 0 is for ever.")
            .default("0"),
        Param::new("width", FRAME, "Width in pixels, or max; most SDKs stop at 1800."),
        Param::new("height", FRAME, "Height in pixels, or max; most SDKs stop at 1800."),
        Param::new(
            "fit",
            ParamKind::Choice(&["clip", "scale", "crop"]),
            "How the pictures are fitted into the frame.",
        )
        .default("clip"),
        Param::new("align", ParamKind::Position { faces: true }, "Which part stays when fit is crop.")
            .default("center"),
        Param::new("background", ParamKind::Colour, "Colour behind the pictures.").default("transparent"),
    ]),
];
