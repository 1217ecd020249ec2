//! Size, crop, orientation.

use super::{Answer, Param, ParamKind, Task};

pub(super) const PIXELS: ParamKind = ParamKind::Int { min: 0, max: 10_000 };

pub(super) const TASKS: &[Task] = &[
    Task::new("resize", "Changes the size of the picture.")
        .params(&[
            Param::new("width", ParamKind::Number { min: 0.0, max: 10_000.0 }, "Width in pixels.")
                .aliases(&["w"]),
            Param::new("height", ParamKind::Number { min: 0.0, max: 10_000.0 }, "Height in pixels.")
                .aliases(&["h"]),
            Param::new(
                "fit",
                ParamKind::Choice(&["clip", "crop", "scale", "max"]),
                "How the picture is fitted into width and height.",
            )
            .aliases(&["f"])
            .default("clip"),
            Param::new("align", ParamKind::Position { faces: true }, "Which part stays when fit is crop.")
                .aliases(&["a"])
                .default("center"),
            Param::new("filter", ParamKind::Text, "Name of the resampling filter."),
        ])
        .one_of(&["width", "height"]),
    Task::new("crop", "Cuts a box out of the picture.").params(&[Param::new(
        "dim",
        ParamKind::Ints(&[(0, 100_000), (0, 100_000), (1, 100_000), (1, 100_000)]),
        "The box [x,y,width,height] in pixels from the top left corner.",
    )
    .aliases(&["d"])
    .required()]),
    Task::new("rotate", "Turns the picture clockwise.").params(&[
        Param::new(
            "deg",
            ParamKind::Either(&[ParamKind::Int { min: 0, max: 359 }, ParamKind::Choice(&["exif"])]),
            "Angle in degrees, or exif to turn it upright by its EXIF orientation.",
        )
        .aliases(&["d"]),
        Param::new("exif", ParamKind::Bool, "false ignores the EXIF orientation.").aliases(&["e"]),
        Param::new("background", ParamKind::Colour, "Colour of the corners that the turn lays bare.")
            .aliases(&["b"])
            .default("FFFFFFFF"),
    ]),
    Task::new("flip", "Mirrors the picture top to bottom."),
    Task::new("flop", "Mirrors the picture left to right."),
    Task::new("smart_crop", "Crops the picture to what matters in it.")
        .params(&[
            Param::new(
                "mode",
                ParamKind::Choice(&["auto", "face", "object", "fit"]),
                "What the service takes for the thing that matters.",
            )
            .default("auto"),
            Param::new("width", PIXELS, "Width in pixels."),
            Param::new("height", PIXELS, "Height in pixels."),
            Param::new("fill_color", ParamKind::Colour, "Colour of what lies outside the picture."),
            Param::new(
                "coords",
                ParamKind::Either(&[ParamKind::Bool, ParamKind::Ints(&[(0, 100_000), (0, 100_000)])]),
                "true answers the coordinates as JSON; the Python SDK lets a pair of numbers pass too.",
            ),
            Param::new("object", ParamKind::Text, "What to look for when mode is object, such as dog."),
        ])
        .answers(Answer::JsonIf("coords")),
    Task::new("circle", "Cuts the picture to a circle.").params(&[Param::new(
        "background",
        ParamKind::Colour,
        "Colour around the circle.",
    )
    .aliases(&["b"])]),
    Task::new("auto_image", "Delivers the picture in the best format the browser takes."),
    Task::new("imagesize", "Answers the picture's width and height in pixels.").answers(Answer::Json),
];
