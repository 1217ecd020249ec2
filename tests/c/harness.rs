//! Compiles the C programs against the header and the built library, and runs them against a local cloud of
//! their own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use localcloud::{Cloud, Options, StorageKind};
use tempfile::TempDir;

use crate::tools::{
    STRICT, compiler, library_folder, link, linked, linked_folder, linking_compiler, root, run, with_cloud,
};

/// How a program is run.
#[derive(Clone, Copy, PartialEq)]
pub enum Under {
    Nothing,
    Valgrind,
    AddressSanitizer,
    /// With a library that was built with it only.
    ThreadSanitizer,
}

impl Under {
    /// As `-fsanitize` and `make sanitize` call it.
    fn sanitizer(self) -> Option<&'static str> {
        match self {
            Under::AddressSanitizer => Some("address"),
            Under::ThreadSanitizer => Some("thread"),
            Under::Nothing | Under::Valgrind => None,
        }
    }
}

/// A C program, compiled, and its folder.
pub struct Program {
    folder: TempDir,
    file: PathBuf,
    under: Under,
    options: Options,
    given: Vec<(&'static str, String)>,
}

impl Program {
    /// Compiles `tests/c/{name}.c`.
    pub fn new(name: &str, under: Under) -> Self {
        Self::compile(&root().join(format!("tests/c/{name}.c")), under)
    }

    pub fn compile(source: &Path, under: Under) -> Self {
        let folder = tempfile::Builder::new().prefix("ferry-c-").tempdir().expect("a folder");
        let file = folder.path().join("program");
        let mut cc = Command::new(linking_compiler());
        cc.args(["-std=c11", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-g"]).args(STRICT);
        cc.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("tests/c"));
        match (under.sanitizer(), under.sanitizer().and_then(Instrumented::with)) {
            (Some(sanitizer), Some(instrumented)) => instrumented.compile(sanitizer, cc, source, &file),
            (Some(_), None) => {
                assert!(under == Under::AddressSanitizer, "ThreadSanitizer is for `make sanitize`");
                cc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
                run(link(
                    cc.arg("-fno-omit-frame-pointer").arg(source).arg("-o").arg(&file),
                    &library_folder(),
                ));
            }
            _ => {
                run(link(cc.arg(source).arg("-o").arg(&file), &linked_folder()));
            }
        }
        let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let options = Options { https, ca_out: Some(folder.path().join("ca.pem")), ..Options::default() };
        Program { folder, file, under, options, given: Vec::new() }
    }

    /// Gives it a file to read, whose path is in this variable.
    pub fn give_file(mut self, variable: &'static str, text: &str) -> Self {
        let path = self.folder.path().join(variable);
        fs::write(&path, text).expect("written");
        self.given.push((variable, path.display().to_string()));
        self
    }

    /// Its cloud asks for policies, signed with this secret.
    pub fn secured(mut self, secret: &str) -> Self {
        self.options.app_secret = Some(secret.into());
        self.given.push(("FERRY_TEST_SECRET", secret.into()));
        self
    }

    pub fn storage(mut self, storage: StorageKind) -> Self {
        self.options.storage = storage;
        self
    }

    /// Runs it with its own cloud; what it prints. It must end with 0.
    pub fn run(self, arguments: &[&str]) -> String {
        let cloud = Cloud::start(self.options.clone()).expect("the local cloud starts");
        let mut command = match self.under {
            Under::Valgrind => valgrind(),
            _ => linked(&self.file),
        };
        if self.under == Under::Valgrind {
            command.arg(&self.file);
        }
        if self.under != Under::Nothing {
            command.env("FERRY_TEST_SMALL", "1");
        }
        let scratch = self.folder.path().join("scratch");
        fs::create_dir_all(&scratch).expect("a folder");
        let ca = self.folder.path().join("ca.pem");
        command.args(arguments).envs(self.given.iter().map(|(name, value)| (*name, value)));
        with_cloud(&mut command, &cloud, &ca, &scratch);
        run(&mut command)
    }
}

/// A library that was built with a sanitizer (`make sanitize`). The program gets the same one, and the
/// runtime of the compiler that built the library: of two sanitizers in one process neither sees everything.
struct Instrumented {
    library: PathBuf,
    runtime: PathBuf,
}

/// ThreadSanitizer starts a thread of its own with the program's first one: before the program counts its
/// threads.
const START: &str = "#include <pthread.h>
static void *nothing(void *unused) { return unused; }
__attribute__((constructor)) static void start(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
}
";

impl Instrumented {
    /// The library that `make sanitize` has built with this sanitizer, if it has.
    fn with(sanitizer: &str) -> Option<Self> {
        let named = |name: &str| std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set"));
        (std::env::var("FERRY_SANITIZER").ok()? == sanitizer).then(|| Instrumented {
            library: named("FERRY_SANITIZER_LIBRARY").into(),
            runtime: named("FERRY_SANITIZER_RUNTIME").into(),
        })
    }

    /// In two steps, since `-fsanitize` at the second one would link the C compiler's own runtime.
    fn compile(&self, sanitizer: &str, mut cc: Command, source: &Path, file: &Path) {
        let folder = file.parent().expect("a folder");
        let start = folder.join("start.c");
        fs::write(&start, START).expect("written");
        cc.arg(format!("-fsanitize={sanitizer}")).arg("-fno-omit-frame-pointer");
        run(cc.current_dir(folder).arg("-c").arg(source).arg(&start));
        let objects = [source, &start]
            .map(|source| folder.join(source.with_extension("o").file_name().expect("a name")));
        let mut linker = Command::new(compiler("CC", "cc"));
        linker.args(objects).arg("-o").arg(file).arg("-Wl,--whole-archive").arg(&self.runtime);
        linker.args(["-Wl,--no-whole-archive", "-Wl,--export-dynamic"]);
        run(link(&mut linker, &self.library).args(["-ldl", "-lm", "-lrt", "-lresolv"]));
    }
}

/// Valgrind counts only what is lost for sure: std keeps a thread's handle until the process ends, which it
/// calls "possibly lost".
fn valgrind() -> Command {
    let found =
        Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found, "valgrind is not on this machine: install the package \"valgrind\" (`make test` does so)");
    let mut command = Command::new("valgrind");
    command.args([
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
    ]);
    command.args(["--error-exitcode=9", "--fair-sched=try"]);
    command.arg(format!("--suppressions={}", root().join("tests/c/valgrind.supp").display()));
    command
}
