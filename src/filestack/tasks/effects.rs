//! Effects.

use super::{Param, ParamKind, Task};

const BACKGROUND: Param =
    Param::new("background", ParamKind::Colour, "Colour of what the effect lays bare.").aliases(&["b"]);

const PERCENT: ParamKind = ParamKind::Number { min: 0.0, max: 100.0 };
const STRENGTH: ParamKind = ParamKind::Number { min: 0.0, max: 20.0 };
const SQUARES: ParamKind = ParamKind::Number { min: 2.0, max: 100.0 };

const OBJECTS: Param =
    Param::new("objects", ParamKind::Objects, "The boxes [[x,y,width,height],…] in pixels.")
        .aliases(&["o"])
        .required();

const SOFTNESS: Param =
    Param::new("blur", STRENGTH, "How softly the edges fade into the picture.").aliases(&["l"]).default("4");

const TYPE: Param = Param::new("type", ParamKind::Choice(&["rect", "oval"]), "Shape of the covered area.")
    .aliases(&["t"])
    .default("rect");

pub(super) const TASKS: &[Task] = &[
    Task::new("rounded_corners", "Rounds the corners of the picture.").aliases(&["round_corners"]).params(&[
        Param::new(
            "radius",
            ParamKind::Either(&[ParamKind::Int { min: 1, max: 10_000 }, ParamKind::Choice(&["max"])]),
            "Radius in pixels, or max for the roundest corners.",
        )
        .aliases(&["r"]),
        Param::new("blur", STRENGTH, "How softly the edge fades.").aliases(&["l"]).default("0.3"),
        BACKGROUND,
    ]),
    Task::new("vignette", "Darkens the picture towards its edges.").params(&[
        Param::new("amount", PERCENT, "Strength in percent.").aliases(&["a"]).default("20"),
        Param::new("blurmode", ParamKind::Choice(&["gaussian", "linear"]), "How the shade fades.")
            .aliases(&["m"])
            .default("gaussian"),
        BACKGROUND,
    ]),
    Task::new("polaroid", "Frames the picture like an instant photo.").params(&[
        Param::new("color", ParamKind::Colour, "Colour of the frame.").aliases(&["c"]).default("snow"),
        Param::new("rotate", ParamKind::Int { min: 0, max: 359 }, "Angle of the photo in degrees.")
            .aliases(&["r"]),
        BACKGROUND,
    ]),
    Task::new("torn_edges", "Tears the edges of the picture.").params(&[
        Param::new(
            "spread",
            ParamKind::Ints(&[(1, 10_000), (1, 10_000)]),
            "The least and the most the edge is torn, in pixels.",
        )
        .aliases(&["s"])
        .default("[1,10]"),
        BACKGROUND,
    ]),
    Task::new("shadow", "Lays a shadow behind the picture.").params(&[
        Param::new("blur", STRENGTH, "How softly the shadow fades.").aliases(&["l"]),
        Param::new("opacity", PERCENT, "Opacity in percent.").aliases(&["o"]).default("60"),
        Param::new(
            "vector",
            ParamKind::Ints(&[(-1000, 1000), (-1000, 1000)]),
            "Where the shadow falls: [x,y] in pixels, right and down.",
        )
        .aliases(&["v"])
        .default("[4,4]"),
        Param::new("color", ParamKind::Colour, "Colour of the shadow."),
        BACKGROUND,
    ]),
    Task::new("border", "Draws a border around the picture.").params(&[
        Param::new("width", ParamKind::Int { min: 0, max: 1000 }, "Width of the border in pixels.")
            .aliases(&["w"]),
        Param::new("color", ParamKind::Colour, "Colour of the border.").aliases(&["c"]),
        BACKGROUND,
    ]),
    Task::new("sharpen", "Sharpens the picture.")
        .params(&[Param::new("amount", STRENGTH, "Strength.").aliases(&["a"]).default("2")]),
    Task::new("blur", "Blurs the picture.")
        .params(&[Param::new("amount", STRENGTH, "Strength.").aliases(&["a"]).default("2")]),
    Task::new("monochrome", "Turns the picture into shades of grey."),
    Task::new("blackwhite", "Turns the picture into black and white.").params(&[Param::new(
        "threshold",
        PERCENT,
        "Brightness in percent from which a point is white.",
    )
    .aliases(&["t"])
    .default("50")]),
    Task::new("sepia", "Tones the picture brown.").params(&[Param::new(
        "tone",
        PERCENT,
        "Strength in percent.",
    )
    .aliases(&["t"])
    .default("80")]),
    Task::new("pixelate", "Pixelates the picture.").params(&[Param::new(
        "amount",
        SQUARES,
        "Size of the squares in pixels.",
    )
    .aliases(&["a"])
    .default("2")]),
    Task::new("oil_paint", "Makes the picture look painted.").params(&[Param::new(
        "amount",
        SQUARES,
        "Size of the brush in pixels.",
    )
    .aliases(&["a"])
    .default("2")]),
    Task::new("negative", "Inverts the colours."),
    Task::new("modulate", "Changes brightness, saturation and hue.").params(&[
        Param::new(
            "brightness",
            ParamKind::Number { min: 0.0, max: 10_000.0 },
            "Brightness in percent of the original.",
        )
        .aliases(&["b"])
        .default("100"),
        Param::new("hue", ParamKind::Number { min: 0.0, max: 359.0 }, "Turn of the hue in degrees.")
            .aliases(&["h"])
            .default("0"),
        Param::new(
            "saturation",
            ParamKind::Number { min: 0.0, max: 10_000.0 },
            "Saturation in percent of the original.",
        )
        .aliases(&["s"])
        .default("100"),
    ]),
    Task::new("partial_pixelate", "Pixelates boxes of the picture.").params(&[
        OBJECTS,
        Param::new("amount", SQUARES, "Size of the squares in pixels.").aliases(&["a"]).default("10"),
        SOFTNESS,
        TYPE,
    ]),
    Task::new("partial_blur", "Blurs boxes of the picture.").params(&[
        OBJECTS,
        Param::new("amount", PERCENT, "How strongly the boxes are blurred; most SDKs stop at 20.")
            .aliases(&["a"]),
        SOFTNESS,
        TYPE,
    ]),
    Task::new("enhance", "Improves the picture.").params(&[Param::new(
        "preset",
        ParamKind::Choice(&[
            "auto",
            "vivid",
            "beautify",
            "beautify_plus",
            "fix_dark",
            "fix_noise",
            "fix_tint",
            "outdoor",
            "fireworks",
        ]),
        "What kind of improvement.",
    )]),
    Task::new("upscale", "Enlarges the picture.").params(&[
        Param::new(
            "noise",
            ParamKind::Choice(&["none", "low", "medium", "high"]),
            "How much noise is removed.",
        )
        .aliases(&["n"])
        .default("none"),
        Param::new(
            "upscale",
            ParamKind::Bool,
            "Whether the picture is enlarged; false only removes the noise.",
        )
        .aliases(&["u"])
        .default("true"),
        Param::new("style", ParamKind::Choice(&["artwork", "photo"]), "What the picture is.")
            .aliases(&["s"])
            .default("photo"),
    ]),
    Task::new("ascii", "Turns the picture into an HTML page of characters.").params(&[
        Param::new("foreground", ParamKind::Colour, "Colour of the characters.")
            .aliases(&["f"])
            .default("000000FF"),
        Param::new("background", ParamKind::Colour, "Colour behind them.")
            .aliases(&["b"])
            .default("FFFFFFFF"),
        Param::new("colored", ParamKind::Bool, "Whether the characters take the picture's colours.")
            .aliases(&["c"])
            .default("false"),
        Param::new("reverse", ParamKind::Bool, "Whether dark and light are swapped.")
            .aliases(&["r"])
            .default("false"),
        Param::new("size", ParamKind::Int { min: 10, max: 100 }, "Size in percent of the picture.")
            .aliases(&["s"])
            .default("100"),
    ]),
];
