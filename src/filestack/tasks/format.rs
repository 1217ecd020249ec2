//! Format, documents, delivery.

use super::kind::{ORIENTATIONS, PAGE_FORMATS};
use super::{Answer, Param, ParamKind, Task};

const PAGEFORMAT: Param = Param::new("pageformat", ParamKind::Choice(PAGE_FORMATS), "Paper size.");
const PAGEORIENTATION: Param =
    Param::new("pageorientation", ParamKind::Choice(ORIENTATIONS), "Which way the paper lies.");
const GZIP: Param = Param::new("gzip", ParamKind::Bool, "Whether the answer is compressed with gzip.");
const DENSITY: Param =
    Param::new("density", ParamKind::Int { min: 1, max: 500 }, "Resolution of a page in dots per inch.");

/// Seconds a result is kept, up to a year.
const AGE: ParamKind = ParamKind::Number { min: 1.0, max: 31_536_000.0 };

/// A switch of one of the two minifiers, named as that minifier names it.
const fn switch(name: &'static str, doc: &'static str) -> Param {
    Param::new(name, ParamKind::Bool, doc)
}

pub(super) const TASKS: &[Task] = &[
    Task::new("output", "Converts the file to another format.")
        .aliases(&["filetype_conversion"])
        .params(&[
            Param::new(
                "format",
                ParamKind::Open(&[
                    "doc", "docx", "html", "jpg", "odp", "ods", "odt", "pjpg", "pdf", "png", "ppt", "pptx",
                    "svg", "txt", "webp", "xls", "xlsx",
                ]),
                "The format, as a file extension.",
            )
            .aliases(&["f"]),
            Param::new("background", ParamKind::Colour, "Colour behind a transparent picture."),
            Param::new(
                "page",
                ParamKind::Int { min: 1, max: 99_999 },
                "Which page of a document, from 1 on.",
            ),
            DENSITY,
            Param::new("compress", ParamKind::Bool, "Whether the picture is compressed.").default("false"),
            Param::new(
                "quality",
                ParamKind::Either(&[ParamKind::Int { min: 1, max: 100 }, ParamKind::Choice(&["input"])]),
                "Quality of a JPEG in percent, or input to keep the source's.",
            )
            .default("95"),
            Param::new("strip", ParamKind::Bool, "Whether metadata is removed.").default("false"),
            Param::new(
                "colorspace",
                ParamKind::Choice(&["rgb", "cmyk", "input"]),
                "Colour space of the picture.",
            )
            .default("rgb"),
            Param::new("secure", ParamKind::Bool, "Whether scripts are removed from HTML and SVG.")
                .default("false"),
            Param::new("docinfo", ParamKind::Bool, "Whether the document is described as JSON instead.")
                .default("false"),
            PAGEFORMAT,
            PAGEORIENTATION,
        ])
        .answers(Answer::JsonIf("docinfo")),
    Task::new("quality", "Sets the quality of a JPEG.").params(&[Param::new(
        "value",
        ParamKind::Int { min: 1, max: 100 },
        "Quality in percent.",
    )
    .aliases(&["v"])
    .required()]),
    Task::new("pjpg", "Makes a progressive JPEG.").params(&[
        Param::new("quality", ParamKind::Int { min: 0, max: 100 }, "Quality in percent."),
        Param::new("metadata", ParamKind::Bool, "Whether metadata is kept.").default("false"),
    ]),
    Task::new("compress", "Compresses the picture.").params(&[Param::new(
        "metadata",
        ParamKind::Bool,
        "Whether metadata is kept.",
    )
    .aliases(&["m"])
    .default("false")]),
    Task::new("no_metadata", "Removes metadata from the picture."),
    Task::new("cache", "Sets how long the result is kept; false keeps none.")
        .params(&[Param::new(
            "expiry",
            ParamKind::Either(&[AGE, ParamKind::Choice(&["max"])]),
            "Seconds the result is kept, or max.",
        )
        .aliases(&["e"])])
        .bare(&["false"]),
    Task::new("fallback", "Delivers another file when the source cannot be had.").params(&[
        // The SDKs disagree on the name; specs/filestack.md 12.8 says why it is `file`.
        Param::new("file", ParamKind::File, "The other file.").aliases(&["handle"]).required(),
        Param::new("cache", AGE, "Seconds the other file is kept in place of the source."),
    ]),
    Task::new("pdfinfo", "Answers what a PDF is: pages, sizes, authors.")
        .aliases(&["pdf_info"])
        .params(&[Param::new(
            "colorinfo",
            ParamKind::Bool,
            "Whether the answer says which pages have colour.",
        )])
        .answers(Answer::Json),
    Task::new("pdfconvert", "Makes a new PDF from pages of a PDF.").aliases(&["pdf_convert"]).params(&[
        PAGEORIENTATION,
        PAGEFORMAT,
        Param::new("pages", ParamKind::Pages, "Which pages."),
        Param::new("metadata", ParamKind::Text, "What becomes of the metadata."),
    ]),
    Task::new("pdfcreate", "Makes a PDF of the files in the source.").params(&[Param::new(
        "engine",
        ParamKind::Text,
        "Which program does it, such as mupdf.",
    )]),
    Task::new("doc_to_images", "Turns the pages of a document into pictures, delivered as a ZIP file.")
        .params(&[
            Param::new("pages", ParamKind::Pages, "Which pages."),
            Param::new("engine", ParamKind::Text, "Which program does it, such as imagemagick or mupdf."),
            Param::new("format", ParamKind::Text, "Format of the pictures, such as png."),
            Param::new("quality", ParamKind::Int { min: 1, max: 100 }, "Quality of the pictures in percent."),
            DENSITY,
            Param::new("hidden_slides", ParamKind::Bool, "Whether hidden slides are included."),
        ]),
    Task::new("doc_detection", "Finds a document in a photo and straightens it; at most 2000 x 2000 pixels.")
        .params(&[
            Param::new("coords", ParamKind::Bool, "true answers where the document is as JSON.")
                .default("false"),
            Param::new(
                "preprocess",
                ParamKind::Bool,
                "Whether the picture is prepared for text recognition.",
            )
            .default("true"),
        ])
        .answers(Answer::JsonIf("coords")),
    Task::new("slide", "Turns a document into a slide show page.").params(&[
        Param::new("theme", ParamKind::Text, "Name of the theme."),
        Param::new("engine", ParamKind::Text, "Which program does it."),
    ]),
    Task::new("preview", "Delivers an HTML page that shows the file.").params(&[Param::new(
        "css",
        ParamKind::Quoted,
        "URL of a style sheet for the page.",
    )]),
    Task::new("content", "Sets headers of the delivery.").params(&[
        Param::new("filename", ParamKind::Text, "File name in the Content-Disposition header."),
        Param::new("type", ParamKind::Text, "MIME type in the Content-Type header."),
    ]),
    Task::new("qr", "Makes a QR code.").params(&[
        Param::new(
            "version",
            ParamKind::Int { min: 1, max: 40 },
            "Version of the code, which sets how much it holds.",
        ),
        Param::new("error_correction", ParamKind::Text, "Level of error correction."),
        Param::new("format", ParamKind::Text, "Format of the picture, such as png."),
    ]),
    Task::new("minify_css", "Makes a style sheet smaller.")
        .params(&[Param::new("level", ParamKind::Int { min: 1, max: 2 }, "How far it is rewritten."), GZIP]),
    Task::new("minify_js", "Makes a script smaller.").params(&[
        GZIP,
        switch("use_babel_polyfill", "Whether Babel's polyfill is put in."),
        switch("keep_fn_name", "Whether names of functions are kept."),
        switch("keep_class_name", "Whether names of classes are kept."),
        switch("mangle", "Whether local names are shortened."),
        switch("merge_vars", "Whether declarations are merged.").aliases(&["mergeVars"]),
        switch("remove_console", "Whether calls of console are removed.").aliases(&["removeConsole"]),
        switch("remove_undefined", "Whether undefined arguments are removed.").aliases(&["removeUndefined"]),
        Param::new(
            "targets",
            ParamKind::Text,
            "The browsers it has to run in, in the words of browserslist.",
        ),
        switch("booleans", "Whether true and false are shortened."),
        switch("builtIns", "Whether built-in names are shortened."),
        switch("consecutiveAdds", "Whether consecutive additions to objects and lists are joined."),
        switch("deadcode", "Whether code that never runs is removed."),
        switch("evaluate", "Whether constant expressions are computed."),
        switch("flipComparisons", "Whether comparisons are turned round."),
        switch("guards", "Whether conditions are written as guards."),
        switch("infinity", "Whether Infinity is shortened."),
        switch("memberExpressions", "Whether members are written with a dot."),
        switch("numericLiterals", "Whether numbers are shortened."),
        switch("propertyLiterals", "Whether quotes around property names are removed."),
        switch("regexpConstructors", "Whether RegExp constructors become literals."),
        switch("removeDebugger", "Whether debugger statements are removed."),
        switch("simplify", "Whether statements are simplified."),
        switch("simplifyComparisons", "Whether comparisons are simplified."),
        switch("typeConstructors", "Whether constructors of built-in types are shortened."),
        switch("undefinedToVoid", "Whether undefined is written void 0."),
    ]),
    Task::new("zip", "Packs the source, or the files of a list, into a ZIP file."),
    Task::new("urlscreenshot", "Takes a picture of a web page; the source is its URL.").params(&[
        Param::new(
            "agent",
            ParamKind::Choice(&["desktop", "mobile"]),
            "What the page takes the visitor for.",
        )
        .aliases(&["a"])
        .default("desktop"),
        Param::new("mode", ParamKind::Choice(&["all", "window"]), "The whole page or what a window shows.")
            .aliases(&["m"])
            .default("all"),
        Param::new(
            "width",
            ParamKind::Int { min: 1, max: 10_000 },
            "Width of the window in pixels; most SDKs stop at 1920.",
        )
        .aliases(&["w"])
        .default("1024"),
        Param::new(
            "height",
            ParamKind::Int { min: 1, max: 10_000 },
            "Height of the window in pixels; most SDKs stop at 8000.",
        )
        .aliases(&["h"])
        .default("768"),
        Param::new(
            "delay",
            ParamKind::Int { min: 0, max: 20_000 },
            "Milliseconds to wait before the picture is taken.",
        )
        .aliases(&["d"])
        .default("1000"),
        Param::new("orientation", ParamKind::Choice(ORIENTATIONS), "Which way the device is held.")
            .default("portrait"),
        Param::new("device", ParamKind::Text, "Name of the device."),
    ]),
];
