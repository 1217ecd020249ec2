//! Faces.

use super::size::PIXELS;
use super::{Answer, Param, ParamKind, Task};

const MINSIZE: Param = Param::new(
    "minsize",
    ParamKind::Number { min: 0.0, max: 10_000.0 },
    "The smallest face that counts: pixels, or below 1 a share of the picture.",
)
.default("0.35");

const MAXSIZE: Param = Param::new(
    "maxsize",
    ParamKind::Number { min: 0.0, max: 10_000.0 },
    "The largest face that counts: pixels, or below 1 a share of the picture.",
)
.default("0.35");

const BUFFER: Param = Param::new("buffer", PIXELS, "Pixels added around each face.");

const BLUR: Param = Param::new(
    "blur",
    ParamKind::Number { min: 0.0, max: 20.0 },
    "How softly the edges fade into the picture.",
)
.default("4");

const TYPE: Param =
    Param::new("type", ParamKind::Choice(&["rect", "oval"]), "Shape of the covered area.").default("rect");

pub(super) const TASKS: &[Task] = &[
    Task::new("detect_faces", "Draws a frame around every face, or answers where they are.")
        .params(&[
            MINSIZE.aliases(&["n"]),
            MAXSIZE.aliases(&["x"]),
            Param::new("color", ParamKind::Colour, "Colour of the frames.")
                .aliases(&["c"])
                .default("000000FF"),
            Param::new("export", ParamKind::Bool, "true answers the faces as JSON.")
                .aliases(&["e"])
                .default("false"),
        ])
        .answers(Answer::JsonIf("export")),
    Task::new("crop_faces", "Crops the picture to its faces.").params(&[
        Param::new("mode", ParamKind::Choice(&["crop", "thumb", "fill"]), "How the faces are cropped.")
            .default("thumb"),
        Param::new("width", ParamKind::Int { min: 1, max: 10_000 }, "Width in pixels."),
        Param::new("height", ParamKind::Int { min: 1, max: 10_000 }, "Height in pixels."),
        Param::new("faces", ParamKind::Faces, "Which faces, by their numbers.").default("1"),
        BUFFER,
        MINSIZE,
        MAXSIZE,
    ]),
    Task::new("pixelate_faces", "Pixelates faces.").params(&[
        Param::new("faces", ParamKind::Faces, "Which faces, by their numbers.").default("all"),
        MINSIZE,
        MAXSIZE,
        BUFFER,
        Param::new("amount", ParamKind::Number { min: 2.0, max: 100.0 }, "Size of the squares in pixels.")
            .default("10"),
        BLUR,
        TYPE,
    ]),
    Task::new("blur_faces", "Blurs faces.").params(&[
        Param::new("faces", ParamKind::Faces, "Which faces, by their numbers.").default("all"),
        MINSIZE,
        MAXSIZE,
        BUFFER,
        Param::new(
            "amount",
            ParamKind::Number { min: 0.0, max: 20.0 },
            "How strongly the faces are blurred.",
        )
        .default("10"),
        BLUR,
        TYPE,
    ]),
    Task::new("redeye", "Removes red eyes."),
];
