//! The table of transformation tasks (`specs/filestack.md` 6.7 and 7.1): what [`super::transform`] checks,
//! and what the typed methods of the bindings and the reference page are generated from.
//!
//! Where the SDKs disagree on a range, the widest documented one holds. Two names of that section are not
//! here: `security`, which a signed URL adds, and `b64`, which is a notation of a chain and not a task.

mod audio_video;
mod catalogue;
mod colours;
mod composition;
mod effects;
mod faces;
mod format;
mod index;
mod intelligence;
mod kind;
mod size;

pub use catalogue::to_json;
pub(crate) use colours::is_colour;
pub use index::{find, names};
pub use kind::{HORIZONTAL, PAGE_FORMATS, ParamKind, VERTICAL};

/// Tasks that belong together, in the order of the reference page.
pub const GROUPS: &[Group] = &[
    Group { name: "size", title: "Size, crop, orientation", tasks: size::TASKS },
    Group { name: "faces", title: "Faces", tasks: faces::TASKS },
    Group { name: "effects", title: "Effects", tasks: effects::TASKS },
    Group { name: "composition", title: "Composition", tasks: composition::TASKS },
    Group { name: "format", title: "Format, documents, delivery", tasks: format::TASKS },
    Group { name: "intelligence", title: "Intelligence, storage, control", tasks: intelligence::TASKS },
    Group { name: "audio_video", title: "Audio and video", tasks: audio_video::TASKS },
];

#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    pub title: &'static str,
    pub tasks: &'static [Task],
}

/// One step of a chain.
#[derive(Debug)]
pub struct Task {
    /// The name on the wire.
    pub name: &'static str,
    /// Other names it is known by; the wire name is sent for them.
    pub aliases: &'static [&'static str],
    /// One line: what it does.
    pub doc: &'static str,
    pub params: &'static [Param],
    /// At least one of these has to be given; empty when there is no such rule.
    pub one_of: &'static [&'static str],
    /// What may stand in place of the parameters, as in `cache=false`.
    pub bare: &'static [&'static str],
    pub answer: Answer,
}

/// What the service answers to a chain that ends with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The bytes of a file.
    File,
    Json,
    /// A file, or JSON when the parameter named here is true.
    JsonIf(&'static str),
}

#[derive(Debug)]
pub struct Param {
    /// The name on the wire.
    pub name: &'static str,
    /// Other names it is known by, the service's own short form first; the wire name is sent for them.
    pub aliases: &'static [&'static str],
    pub kind: ParamKind,
    pub required: bool,
    /// What the service takes when it is not given, where that is documented.
    pub default: Option<&'static str>,
    /// One line: what it means, with its unit.
    pub doc: &'static str,
}

impl Task {
    pub(crate) const fn new(name: &'static str, doc: &'static str) -> Self {
        Task { name, aliases: &[], doc, params: &[], one_of: &[], bare: &[], answer: Answer::File }
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn params(mut self, params: &'static [Param]) -> Self {
        self.params = params;
        self
    }

    const fn one_of(mut self, names: &'static [&'static str]) -> Self {
        self.one_of = names;
        self
    }

    const fn bare(mut self, words: &'static [&'static str]) -> Self {
        self.bare = words;
        self
    }

    const fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    /// The parameter of this name or alias.
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name || param.aliases.contains(&name))
    }
}

impl Param {
    const fn new(name: &'static str, kind: ParamKind, doc: &'static str) -> Self {
        Param { name, aliases: &[], kind, required: false, default: None, doc }
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }
}

/// Every task, group by group.
pub fn all() -> impl Iterator<Item = &'static Task> {
    GROUPS.iter().flat_map(|group| group.tasks)
}

#[cfg(test)]
mod tests;
