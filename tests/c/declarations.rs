//! What the header declares, read from its text. It knows the C that cbindgen writes, and stops at anything
//! else.

/// A function of the header.
#[derive(Debug)]
pub struct Function {
    pub result: String,
    pub name: String,
    /// Type and name of each argument.
    pub arguments: Vec<(String, String)>,
    /// The comment above it, in one line.
    pub documentation: String,
}

/// A struct whose fields the header shows.
#[derive(Debug)]
pub struct Struct {
    pub name: String,
    pub fields: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Declarations {
    pub functions: Vec<Function>,
    pub structs: Vec<Struct>,
}

impl Declarations {
    pub fn read(header: &str) -> Self {
        let mut found = Declarations::default();
        let (mut comment, mut statement, mut in_preamble) = (String::new(), String::new(), false);
        for line in header.lines().map(str::trim) {
            in_preamble |= line.starts_with("/*");
            if in_preamble {
                in_preamble = !line.ends_with("*/");
                continue;
            }
            let is_frame =
                line.starts_with('#') || line.starts_with("extern \"C\"") || line.starts_with("} /*");
            if line.is_empty() || is_frame {
                if statement.is_empty() {
                    comment.clear();
                }
            } else if let Some(text) = line.strip_prefix("//") {
                if statement.is_empty() {
                    comment = format!("{comment} {}", text.trim_start_matches('/').trim());
                }
            } else {
                let line = line.split(" ///<").next().unwrap_or(line);
                statement = format!("{statement} {line}");
                let is_open = statement.matches('{').count() > statement.matches('}').count();
                if line.ends_with(';') && !is_open {
                    found.statement(statement.trim(), comment.trim());
                    statement.clear();
                    comment.clear();
                }
            }
        }
        assert!(statement.is_empty(), "not understood: {statement}");
        found
    }

    fn statement(&mut self, text: &str, comment: &str) {
        if let Some(rest) = text.strip_prefix("typedef struct ") {
            if let Some((name, body)) = rest.split_once('{') {
                let (fields, _) = body.rsplit_once('}').expect("the end of the struct");
                let fields = fields.split(';').map(str::trim).filter(|field| !field.is_empty());
                let fields = fields.map(|field| declared(field).1).collect();
                self.structs.push(Struct { name: name.trim().into(), fields });
            }
        } else if !text.starts_with("typedef ") {
            let (head, arguments) = text.split_once('(').unwrap_or_else(|| panic!("not understood: {text}"));
            let (result, name) = declared(head);
            let arguments = arguments.strip_suffix(");").unwrap_or_else(|| panic!("not understood: {text}"));
            let arguments = arguments.split(',').map(str::trim).filter(|argument| *argument != "void");
            let arguments = arguments.map(declared).collect();
            self.functions.push(Function { result, name, arguments, documentation: comment.into() });
        }
    }
}

/// The type and the name of `const char *name`, `uint64_t size`, ….
pub fn declared(text: &str) -> (String, String) {
    let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let (kind, name) = text.split_at(start);
    assert!(!kind.trim().is_empty() && !name.is_empty(), "not understood: {text}");
    (kind.trim().replace("struct ", ""), name.into())
}

/// The structs with fields and the types of callbacks, in the order of the header.
pub fn statements(header: &str) -> Vec<String> {
    let lines = header.lines().map(|line| line.split(" ///<").next().unwrap_or(line).trim());
    let (mut found, mut statement) = (vec![], String::new());
    for line in lines.filter(|line| !line.starts_with("//")) {
        if statement.is_empty() && !line.starts_with("typedef ") {
            continue;
        }
        statement = format!("{statement} {line}");
        if line.ends_with(';') && statement.matches('{').count() == statement.matches('}').count() {
            let text = statement.trim().to_owned();
            if text.contains('{') || text.contains("(*") {
                found.push(text);
            }
            statement.clear();
        }
    }
    found
}
