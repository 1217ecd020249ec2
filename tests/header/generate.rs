//! Writes include/ferry.h: cbindgen says how each item of src/ffi reads in C; here they are put into
//! sections, one for each noun, in the order of the sources. A section begins with the text of its module
//! (`//!`), examples included.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest line of the header.
pub const WIDTH: usize = 110;

/// Files of src/ffi with the titles of their sections, in the order in which a reader meets them.
pub const SECTIONS: &[(&str, &str)] = &[
    ("version", "Version"),
    ("error", "Statuses and errors"),
    ("value", "JSON values"),
    ("json", "JSON to send"),
    ("bytes", "Strings and buffers"),
    ("progress", "Progress"),
    ("event", "Events"),
    ("reader", "Data without a file"),
    ("writer", "Results without a file"),
    ("request", "Options of a request"),
    ("response", "Responses"),
    ("connection", "Connections"),
    ("filestack", "Filestack: client"),
    ("security", "Filestack: policies and signatures"),
    ("filestack_upload", "Filestack: uploads"),
    ("batch", "Filestack: uploads of many files"),
    ("upload", "Uploads that can be stopped and run again"),
    ("started", "Uploads in a loop of the program's own"),
    ("filelink", "Filestack: stored files"),
    ("store", "Filestack: options of storing a result"),
    ("transform", "Filestack: transformations"),
    ("screenshot", "Filestack: screenshots"),
    ("zip", "Filestack: ZIP archives"),
    ("av", "Filestack: audio and video conversions"),
    ("workflow", "Filestack: workflows"),
    ("webhook", "Filestack: webhooks"),
    ("telestream", "Telestream: client and requests"),
    ("telestream_resources", "Telestream: factories, videos, encodings, profiles, notifications"),
    ("telestream_upload", "Telestream: uploads"),
    ("journal", "Uploads that outlive their process"),
];

/// One declaration of the header with its comment.
#[derive(Debug)]
struct Item {
    name: String,
    /// Without the slashes; nothing stands between them and the text.
    comment: Vec<String>,
    text: Vec<String>,
}

impl Item {
    fn is_opaque(&self) -> bool {
        self.text.iter().any(|line| line.starts_with("typedef struct ") && line.ends_with(';'))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The header as it has to be.
pub fn header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let preamble = config.after_includes.clone().expect("the preamble in cbindgen.toml");
    let sources: Vec<String> = SECTIONS.iter().map(|(noun, _)| source(noun)).collect();
    let items = items(&generated(config, &sources));

    let mut header = String::from("#ifndef FERRY_H\n#define FERRY_H\n\n");
    header += "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n";
    let _ = write!(header, "{preamble}\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n");
    for ((noun, _), source) in SECTIONS.iter().zip(&sources) {
        for item in in_order(source, &items).into_iter().filter(|item| item.is_opaque()) {
            let _ = writeln!(header, "{} ///< See @ref {noun}.", item.text.join("\n"));
        }
    }
    for ((noun, title), source) in SECTIONS.iter().zip(&sources) {
        section(&mut header, (noun, title), source, &items);
    }
    let written: usize = sources.iter().map(|source| in_order(source, &items).len()).sum();
    assert_eq!(written, items.len(), "every item belongs to one section");
    header += "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* FERRY_H */\n";
    header
}

/// A file of src/ffi, each `option_struct!` replaced by the function that it makes: cbindgen expands no
/// macros.
fn source(noun: &str) -> String {
    let path = root().join(format!("src/ffi/{noun}.rs"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let Some((before, rest)) = text.split_once("\noption_struct!(") else { return text };
    let (invocation, after) = rest.split_once(");\n").expect("the end of option_struct!");
    let (names, _) = invocation.split_once(':').expect("the fields");
    let (name, init) = names.split_once(", ").expect("the struct and its function");
    format!(
        "{before}\n/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is \
         allowed.\n\
         #[unsafe(no_mangle)]\n\
         pub unsafe extern \"C\" fn {init}(options: *mut {name}, size: usize) {{}}\n{after}"
    )
}

/// What cbindgen makes of the sources: declarations with comments, nothing around them.
fn generated(mut config: cbindgen::Config, sources: &[String]) -> String {
    config.after_includes = None;
    config.include_guard = None;
    config.cpp_compat = false;
    config.no_includes = true;
    config.sys_includes = Vec::new();
    let folder = tempfile::tempdir().expect("a folder");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for ((noun, _), source) in SECTIONS.iter().zip(sources) {
        let path: PathBuf = folder.path().join(format!("{noun}.rs"));
        fs::write(&path, source).expect("written");
        builder = builder.with_src(path);
    }
    let mut header = Vec::new();
    builder.generate().expect("src/ffi is what cbindgen understands").write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}

fn items(generated: &str) -> Vec<Item> {
    let (mut items, mut comment, mut text) = (Vec::new(), Vec::new(), Vec::<String>::new());
    for line in generated.lines() {
        if text.is_empty() {
            if line.is_empty() {
                comment.clear();
                continue;
            }
            if let Some(words) = line.strip_prefix("///") {
                comment.push(words.to_owned());
                continue;
            }
        }
        text.push(line.to_owned());
        let whole = text.join("\n");
        let is_open = whole.matches('{').count() > whole.matches('}').count();
        if line.starts_with("#define ") || (line.ends_with(';') && !is_open) {
            let name = name(&whole);
            items.push(Item { name, comment: std::mem::take(&mut comment), text: layout(&text) });
            text.clear();
        }
    }
    assert!(text.is_empty(), "not understood: {text:?}");
    items
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn name(item: &str) -> String {
    let word_after = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
    if let Some(rest) = item.strip_prefix("#define ").or_else(|| item.strip_prefix("typedef struct ")) {
        return word_after(rest);
    }
    if let Some((_, rest)) = item.split_once("(*") {
        return word_after(rest);
    }
    let head = item.split_once('(').map_or(item.trim_end_matches(';'), |(head, _)| head);
    let start = head.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    head[start..].to_owned()
}

/// Types are called by their typedefs. A function stands in one line, or its arguments are aligned.
fn layout(text: &[String]) -> Vec<String> {
    let first = text.first().map_or("", String::as_str);
    if first.starts_with("#define ") || first.starts_with("typedef struct ") {
        let head = first.to_owned();
        let fields = text.iter().skip(1).map(|line| {
            let is_comment = line.trim_start().starts_with("///");
            if is_comment { line.clone() } else { line.replace("struct ", "") }
        });
        return std::iter::once(head).chain(fields).collect();
    }
    let whole: Vec<&str> = text.iter().map(|line| line.trim()).collect();
    let whole = whole.join(" ").replace("struct ", "");
    if whole.len() <= WIDTH {
        return vec![whole];
    }
    let (head, arguments) = match whole.find(")(") {
        Some(at) => whole.split_at(at + 2),
        None => whole.split_at(whole.find('(').expect("arguments") + 1),
    };
    let mut lines = vec![head.to_owned()];
    for argument in arguments.split_inclusive(", ") {
        let last = lines.last_mut().expect("a line");
        if last.len() + argument.trim_end().len() > WIDTH {
            *last = last.trim_end().to_owned();
            lines.push(format!("{}{argument}", " ".repeat(head.len())));
        } else {
            last.push_str(argument);
        }
    }
    lines
}

/// The items of a source in its order.
fn in_order<'a>(source: &str, items: &'a [Item]) -> Vec<&'a Item> {
    let place = |name: &str| {
        ["const", "type", "struct", "fn"].iter().find_map(|kind| {
            let declaration = format!("{kind} {name}");
            source.match_indices(&declaration).map(|(at, _)| at).find(|at| {
                let next = source[at + declaration.len()..].chars().next();
                next.is_none_or(|c| !is_word(c)) && source[..*at].ends_with(['b', 't', '"', ' '])
            })
        })
    };
    let mut found: Vec<(usize, &Item)> =
        items.iter().filter_map(|item| Some((place_of_item(source, &place, item)?, item))).collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, item)| item).collect()
}

fn place_of_item(source: &str, place: &dyn Fn(&str) -> Option<usize>, item: &Item) -> Option<usize> {
    let at = place(&item.name)?;
    // Only what is declared at the beginning of a line, `pub …`, is C's.
    let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
    source[line..].starts_with("pub ").then_some(at)
}

fn section(header: &mut String, (noun, title): (&str, &str), source: &str, items: &[Item]) {
    let bar = "=".repeat(WIDTH - 10 - title.len());
    let _ = write!(header, "\n/* == {title} {bar} */\n\n/** @defgroup {noun} {title}\n");
    let module: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let mut is_code = false;
    for line in module {
        let line = match line.trim() {
            "```c" => " @code{.c}",
            "```" => " @endcode",
            _ => line,
        };
        is_code = (is_code || line == " @code{.c}") && line != " @endcode";
        let shown = if is_code { line.to_owned() } else { plain(line) };
        let _ = writeln!(header, " *{}", shown.trim_end());
    }
    for item in in_order(source, items).into_iter().filter(|item| item.is_opaque()) {
        let _ = writeln!(header, " *\n * `{}`:", item.name);
        for line in wrapped(&item.comment, WIDTH - 2) {
            let _ = writeln!(header, " *{}", plain(&line).trim_end());
        }
    }
    header.push_str(" *\n * @{ */\n");
    let mut was_constant = false;
    for item in in_order(source, items).into_iter().filter(|item| !item.is_opaque()) {
        let is_constant = item.text.first().is_some_and(|line| line.starts_with("#define "));
        // A list of constants with a line of comment each reads best as a list.
        if !(is_constant && was_constant && item.comment.len() <= 1) {
            header.push('\n');
        }
        was_constant = is_constant;
        for line in wrapped(&item.comment, WIDTH - 3) {
            let _ = writeln!(header, "///{}", plain(&line).trim_end());
        }
        let _ = writeln!(header, "{}", fields_wrapped(&item.text).join("\n"));
    }
    header.push_str("\n/** @} */\n");
}

/// The lines of a comment, those of a paragraph joined and broken anew if one of them is too long.
fn wrapped(comment: &[String], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in comment.split_inclusive(|line| line.trim().is_empty()) {
        if paragraph.iter().all(|line| line.chars().count() <= width) {
            lines.extend_from_slice(paragraph);
            continue;
        }
        let mut line = String::new();
        for word in paragraph.iter().flat_map(|line| line.split_whitespace()) {
            if line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            line = format!("{line} {word}");
        }
        lines.push(line);
        if paragraph.last().is_some_and(|last| last.trim().is_empty()) {
            lines.push(String::new());
        }
    }
    lines
}

/// A struct with the comments of its fields wrapped; anything else as it is.
fn fields_wrapped(text: &[String]) -> Vec<String> {
    const INDENTED: &str = "    ///";
    let (mut lines, mut comment) = (Vec::new(), Vec::new());
    for line in text {
        if let Some(words) = line.strip_prefix(INDENTED) {
            comment.push(words.to_owned());
            continue;
        }
        let above = wrapped(&std::mem::take(&mut comment), WIDTH - INDENTED.len());
        lines.extend(above.iter().map(|words| format!("{INDENTED}{words}")));
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Rust's links, which C does not have.
fn plain(line: &str) -> String {
    line.replace("[`", "`").replace("`]", "`")
}
