//! Compiles the C programs against the header and the built library, and runs them against a local cloud of their own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use localcloud::{Cloud, Options, StorageKind};
use tempfile::TempDir;

/// What every program and header has to compile under without a warning.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn header() -> String {
    fs::read_to_string(root().join("include/ferry.h")).expect("include/ferry.h")
}

/// The folder of the library that was built together with this test.
pub fn library_folder() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.parent().expect("a folder").to_owned();
    assert!(folder.join("libferry.so").exists(), "there is no libferry.so in {}", folder.display());
    folder
}

pub fn compiler(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.into())
}

/// Runs a command that must succeed; its standard output. `cargo test` puts target/debug before everything in
/// LD_LIBRARY_PATH, where the library of an older `cargo build` may lie: programs go by their rpath.
pub fn run(command: &mut Command) -> String {
    command.env_remove("LD_LIBRARY_PATH");
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
    assert!(output.status.success(), "{}", told(&shown, &output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn told(shown: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = match output.status.code() {
        Some(code) => format!("exit code {code}"),
        None => output.status.to_string(),
    };
    format!("{end}\n{}{}(of {shown})", text(&output.stdout), text(&output.stderr))
}

/// How a program is run.
#[derive(Clone, Copy, PartialEq)]
pub enum Under {
    Nothing,
    Valgrind,
    AddressSanitizer,
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
        let library = library_folder();
        let mut cc = Command::new(compiler("CC", "cc"));
        cc.args(["-std=c11", "-D_GNU_SOURCE", "-g"]).args(STRICT);
        if under == Under::AddressSanitizer {
            cc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]);
        }
        cc.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("tests/c"));
        cc.arg(source).arg("-o").arg(&file);
        cc.arg("-L")
            .arg(&library)
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .args(["-lferry", "-pthread"]);
        run(&mut cc);
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
            _ => Command::new(&self.file),
        };
        if self.under == Under::Valgrind {
            command.arg(&self.file);
        }
        if self.under != Under::Nothing {
            command.env("FERRY_TEST_SMALL", "1");
        }
        let scratch = self.folder.path().join("scratch");
        fs::create_dir_all(&scratch).expect("a folder");
        command
            .args(arguments)
            .env("FERRY_TEST_HTTP", cloud.http_url())
            .env("FERRY_TEST_HTTPS", cloud.https_url().expect("TLS"))
            .env("FERRY_TEST_CA", self.folder.path().join("ca.pem"))
            .env("FERRY_TEST_FOLDER", &scratch)
            .env("FERRY_TEST_VECTORS", root().join("tests/vectors"))
            .env("FERRY_TEST_DATA", root().join("tests/data"))
            .envs(self.given.iter().map(|(name, value)| (*name, value)))
            .env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
            .current_dir(&scratch);
        run(&mut command)
    }
}

/// Valgrind counts only what is lost for sure: std keeps a thread's handle until the process ends, which it calls "possibly lost".
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
