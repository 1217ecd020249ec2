//! What `make install` puts on a machine: small programs in C and in C++ are built against it as a user
//! builds them, in an empty folder, by plain flags, by pkg-config and by CMake, with the shared and with the
//! static library, and each uploads a file.
//!
//! The library is built fast (`PROFILE=dev`, without optimisation), and with everything else that an
//! installed one has.

#![cfg(target_os = "linux")] // where the names of the libraries are these

#[path = "guides/links.rs"]
#[allow(dead_code)] // readme.rs uses the rest of it
mod links;
mod tools;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use localcloud::{Cloud, Options};
use tempfile::TempDir;

const C: &str = r#"
#include <ferry.h>
#include <stdio.h>

int main(int argc, char **argv) {
    ferry_filestack_options account;
    ferry_filestack_options_init(&account, sizeof account);
    account.base_url = argc > 2 ? argv[2] : NULL;
    ferry_filestack *client = NULL;
    ferry_filelink *link = NULL;
    ferry_error *error = NULL;
    if (ferry_filestack_new("TESTKEY", &account, &client, &error) == FERRY_OK &&
        ferry_filestack_upload_file(client, argv[1], NULL, &link, &error) == FERRY_OK)
        puts(ferry_filelink_url(link));
    fputs(ferry_error_message(error), stderr);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    ferry_error_free(error);
    return (int)ferry_live_objects();
}
"#;

const CPP: &str = r#"
#include <ferry.hpp>
#include <iostream>

int main(int argc, char **argv) {
    ferry::filestack_options account;
    account.base_url = argc > 2 ? argv[2] : "";
    std::cout << ferry::filestack("TESTKEY", account).upload_file(argv[1]).url() << std::endl;
    return static_cast<int>(ferry::live_objects());
}
"#;

/// Fills 16 MiB with objects in a child that may have no more, frees one, and tells how it ended.
const MEMORY: &str = r#"
#include <ferry.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void fill(ferry_filestack *client) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL || fscanf(statm, "%lu", &pages) != 1) _exit(1);
    fclose(statm);
    const rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (16 << 20);
    const struct rlimit limit = {most, most}, no_core = {0, 0};
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || setrlimit(RLIMIT_AS, &limit) != 0) _exit(1);
    enum { FREED = 1000 };
    ferry_transform *chains[FREED] = {NULL}, *chain = NULL;
    ferry_status status = FERRY_OK;
    for (int i = 0; i < 10000000 && status == FERRY_OK; i++) {
        status = ferry_transform_new(client, "sm9IEXAMPLEQuzfJykmA", i < FREED ? &chains[i] : &chain, NULL);
    }
    if (status != FERRY_OUT_OF_MEMORY) _exit(2);
    for (int i = 0; i < FREED; i++) ferry_transform_free(chains[i]);
    _exit(ferry_transform_new(client, "sm9IEXAMPLEQuzfJykmA", &chain, NULL) == FERRY_OK ? 0 : 3);
}

int main(void) {
    ferry_filestack *client = NULL;
    if (ferry_filestack_new("TESTKEY", NULL, &client, NULL) != FERRY_OK) return 1;
    const pid_t child = fork();
    if (child == 0) fill(client);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    printf("%d %d\n", WIFSIGNALED(status), WEXITSTATUS(status));
    ferry_filestack_free(client);
    return 0;
}
"#;

const CMAKE: &str = "
cmake_minimum_required(VERSION 3.16)
project(send C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(ferry 0.1 REQUIRED)
foreach(language c cpp)
  add_executable(${language}_shared send.${language})
  target_link_libraries(${language}_shared PRIVATE ferry::ferry)
  add_executable(${language}_static send.${language})
  target_link_libraries(${language}_static PRIVATE ferry::static)
endforeach()
";

const CMAKE_WITH_ONE: &str = "
cmake_minimum_required(VERSION 3.16)
project(send C)
find_package(ferry 0.1 REQUIRED)
add_executable(send send.c)
target_link_libraries(send PRIVATE ferry::ferry)
";

/// The variable that names a compiler, its usual name, a source, and its standard.
type Language = (&'static str, &'static str, &'static str, &'static str);
/// C, and C++, which takes long to compile.
const LANGUAGES: [Language; 2] =
    [("CC", "cc", "send.c", "-std=c11"), ("CXX", "c++", "send.cpp", "-std=c++17")];

/// A folder with the sources, and nothing else.
fn workshop() -> TempDir {
    let folder = tempfile::Builder::new().prefix("ferry-install-").tempdir().expect("a folder");
    for (name, text) in [("send.c", C), ("send.cpp", CPP), ("CMakeLists.txt", CMAKE)] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where this test's cargo builds.
fn target() -> PathBuf {
    let deps = tools::library_folder();
    deps.ancestors().nth(2).expect("the target folder").to_owned()
}

/// One installation for all tests.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = target().join("tmp/installed");
        let _ = fs::remove_dir_all(&prefix);
        tools::make(&["install", &format!("PREFIX={}", prefix.display())]);
        prefix
    })
}

/// Runs a program that uploads a file to a cloud of its own.
fn check(program: &Path) {
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let picture = root().join("tests/data/ferry.png");
    let url = tools::run(Command::new(program).arg(&picture).arg(cloud.http_url()));
    let fetched =
        ureq::get(url.trim()).call().expect("the file").body_mut().read_to_vec().expect("its bytes");
    assert!(fetched == fs::read(&picture).expect("the picture"), "other bytes are stored");
}

/// Whether the program needs the shared library, by the name that stays the same for all versions of one ABI.
fn needs_the_shared_library(program: &Path) -> bool {
    let soname = fs::read_link(prefix().join("lib/libferry.so")).expect("a link");
    let soname = soname.to_str().expect("UTF-8");
    assert!(env!("CARGO_PKG_VERSION").starts_with(&soname["libferry.so.".len()..]), "{soname}");
    let wanted = format!("{soname}\0");
    fs::read(program).expect("the program").windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(String::from).collect()
}

/// Builds a program in each of these languages with these flags, and runs it.
fn build_and_run(languages: &[Language], flags: &[String], is_shared: bool) {
    let folder = workshop();
    for (variable, default, source, standard) in languages {
        let program = folder.path().join("send");
        let compiler = std::env::var(variable).unwrap_or_else(|_| (*default).into());
        let mut command = Command::new(compiler);
        command.current_dir(folder.path()).args([*standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
        tools::run(command.arg(source).args(["-o", "send"]).args(flags));
        assert_eq!(needs_the_shared_library(&program), is_shared, "{source}");
        check(&program);
    }
}

/// `Libs.private` of ferry.pc.
fn libraries_of_the_static_one() -> Vec<String> {
    let pc = fs::read_to_string(prefix().join("lib/pkgconfig/ferry.pc")).expect("ferry.pc");
    let line = pc.lines().find_map(|line| line.strip_prefix("Libs.private:"));
    words(line.expect("Libs.private"))
}

#[test]
fn plain_flags() {
    let prefix = prefix().display();
    let shared = format!("-I{prefix}/include -L{prefix}/lib -lferry -Wl,-rpath,{prefix}/lib");
    build_and_run(&LANGUAGES, &words(&shared), true);
    let archive = format!("-I{prefix}/include {prefix}/lib/libferry.a");
    build_and_run(&LANGUAGES, &[words(&archive), libraries_of_the_static_one()].concat(), false);
}

#[test]
fn pkg_config_names_the_flags() {
    let lib = prefix().join("lib");
    let flags = |name: &str| {
        let mut command = Command::new(tools::find_on_the_path("PKG_CONFIG", "pkg-config"));
        command.env("PKG_CONFIG_PATH", lib.join("pkgconfig")).args(["--cflags", "--libs"]);
        words(&tools::run(command.arg(name)))
    };
    let rpath = vec![format!("-Wl,-rpath,{}", lib.display())];
    build_and_run(&LANGUAGES[..1], &[flags("ferry"), rpath].concat(), true);
    build_and_run(&LANGUAGES[..1], &flags("ferry-static"), false);
    let mut version = Command::new(tools::find_on_the_path("PKG_CONFIG", "pkg-config"));
    version.env("PKG_CONFIG_PATH", lib.join("pkgconfig"));
    let version = tools::run(version.args(["--modversion", "ferry"]));
    assert_eq!(version.trim(), env!("CARGO_PKG_VERSION"));
}

/// Where an allocation fails, the call does, and goes on when something was freed. Nothing is printed.
#[test]
fn where_memory_ends_a_call_fails() {
    let prefix = prefix().display();
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("memory.c"), folder.path().join("memory"));
    fs::write(&source, MEMORY).expect("written");
    let flags = format!("-I{prefix}/include -L{prefix}/lib -lferry -Wl,-rpath,{prefix}/lib");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]).arg(&source);
    tools::run(command.arg("-o").arg(&program).args(words(&flags)));
    let output = Command::new(&program).output().expect("the program runs");
    let told = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((told.0.trim(), &*told.1), ("0 0", ""));
}

#[test]
fn the_manual_is_installed_and_points_to_what_is_there() {
    let manual = prefix().join("share/doc/ferry");
    let wrong = links::broken(&manual);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let page = fs::read_to_string(prefix().join("share/man/man3/ferry.3")).expect("ferry(3)");
    let named: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".I ")).collect();
    let files: Vec<&&str> = named.iter().filter(|name| name.starts_with('/')).collect();
    assert_eq!(files.len(), 3, "{page}");
    assert!(files.iter().all(|file| Path::new(file).is_file()), "{files:?}");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The recipes for package collections: nothing is left to fill in, and each that fetches the sources knows
/// the digest of their archive.
#[test]
fn the_recipes_are_filled_in() {
    if !root().join(".git").exists() {
        return eprintln!("this is no clone: the recipes need the sources of a commit, and are not made");
    }
    let folder = tempfile::tempdir().expect("a folder");
    tools::make(&["--silent", "recipes", &format!("CARGO_TARGET_DIR={}", folder.path().display())]);
    let (made, version) = (folder.path().join("recipes"), env!("CARGO_PKG_VERSION"));
    let archive = made.join(format!("libferry-{version}.tar.gz"));
    let soname = fs::read_link(prefix().join("lib/libferry.so")).expect("a link");
    let symbols = format!("debian/libferry{}.symbols", &soname.to_string_lossy()["libferry.so.".len()..]);
    let digest = |tool: &str| tools::run(Command::new(tool).arg(&archive))[..64].to_owned();
    let (sha256, sha512) = (digest("sha256sum"), digest("sha512sum"));
    for (recipe, facts) in [
        ("vcpkg/vcpkg.json", vec![version]),
        ("vcpkg/portfile.cmake", vec![&sha512]),
        ("conan/conanfile.py", vec![version]),
        ("conan/conandata.yml", vec![version, &sha256]),
        ("homebrew/libferry.rb", vec![version, &sha256]),
        ("conda/recipe.yaml", vec![version, &sha256]),
        ("debian/changelog", vec![version]),
        (&symbols, vec![version, "ferry_filestack_new@Base"]),
        ("nix/package.nix", vec![version, &sha256]),
    ] {
        let text = fs::read_to_string(made.join(recipe)).expect(recipe);
        assert!(facts.iter().all(|fact| text.contains(fact)), "{recipe} has not all of {facts:?}:\n{text}");
    }
    for path in files(&made) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let is_filled = !["@VERSION@", "@ABI@", "@URL@", "@SHA", "@HOME@"].iter().any(|it| text.contains(it));
        assert!(is_filled, "{}", path.display());
    }
}

/// Package collections ship the shared and the static library apart: `ferry::ferry` is what is there.
#[test]
fn cmake_is_content_with_one_of_the_libraries() {
    for (unwanted, is_shared) in [("libferry.a", true), ("libferry.so", false)] {
        let folder = workshop();
        let moved = folder.path().join("prefix");
        tools::run(Command::new("cp").arg("-a").arg(prefix()).arg(&moved));
        for path in files(&moved.join("lib")) {
            let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
            if name.starts_with(unwanted) {
                fs::remove_file(&path).expect("removed");
            }
        }
        fs::write(folder.path().join("CMakeLists.txt"), CMAKE_WITH_ONE).expect("written");
        let mut cmake = Command::new(tools::find_on_the_path("CMAKE", "cmake"));
        cmake.current_dir(folder.path()).arg(format!("-DCMAKE_PREFIX_PATH={}", moved.display()));
        tools::run(cmake.args(["-S", ".", "-B", "build"]));
        let mut cmake = Command::new(tools::find_on_the_path("CMAKE", "cmake"));
        tools::run(cmake.current_dir(folder.path()).args(["--build", "build"]));
        let program = folder.path().join("build/send");
        assert_eq!(needs_the_shared_library(&program), is_shared, "{unwanted} is gone");
        check(&program);
    }
}

/// Builds and runs programs in C with both libraries, `in_cpp` in C++ too.
fn cmake_builds(prefix: &Path, in_cpp: bool) {
    let folder = workshop();
    if !in_cpp {
        let text = CMAKE.replace("C CXX", "C").replace("c cpp", "c");
        fs::write(folder.path().join("CMakeLists.txt"), text).expect("written");
    }
    let run = |arguments: &[&OsStr]| {
        tools::run(
            Command::new(tools::find_on_the_path("CMAKE", "cmake"))
                .current_dir(folder.path())
                .args(arguments),
        )
    };
    let mut root = std::ffi::OsString::from("-DCMAKE_PREFIX_PATH=");
    root.push(prefix);
    run(&["-S".as_ref(), ".".as_ref(), "-B".as_ref(), "build".as_ref(), &root]);
    run(&["--build".as_ref(), "build".as_ref()]);
    let programs = [("c_shared", true), ("c_static", false), ("cpp_shared", true), ("cpp_static", false)];
    for &(name, is_shared) in &programs[..if in_cpp { 4 } else { 2 }] {
        let program = folder.path().join("build").join(name);
        assert_eq!(needs_the_shared_library(&program), is_shared, "{name}");
        check(&program);
    }
}

#[test]
fn cmake_finds_the_package() {
    cmake_builds(prefix(), true);
}

/// What a packager does: files go below DESTDIR, say PREFIX, and work wherever they are unpacked.
#[test]
fn a_staged_installation_can_be_moved() {
    prefix(); // one build, not two that wait for each other
    let stage = tempfile::tempdir().expect("a folder");
    tools::make(&["install", "PREFIX=/opt/ferry", &format!("DESTDIR={}", stage.path().display())]);
    let installed = stage.path().join("opt/ferry");
    let pc = fs::read_to_string(installed.join("lib/pkgconfig/ferry.pc")).expect("ferry.pc");
    assert!(pc.starts_with("prefix=/opt/ferry\n"), "{pc}");
    for folder in ["lib/pkgconfig/ferry.pc", "lib/cmake/ferry/ferry-config.cmake"] {
        let text = fs::read_to_string(installed.join(folder)).expect("text");
        assert!(
            !text.contains(&*stage.path().to_string_lossy()),
            "{folder} tells where it was built: {text}"
        );
    }
    cmake_builds(&installed, false);
}

/// As in the archives of `make packages`: ferry.pc tells of the place where it is found.
#[test]
fn an_archive_works_wherever_it_is_unpacked() {
    prefix(); // one build, not two that wait for each other
    let stage = tempfile::tempdir().expect("a folder");
    let destination = format!("DESTDIR={}", stage.path().display());
    tools::make(&["install", "PREFIX=/ferry", "PC_PREFIX=$${pcfiledir}/../..", &destination]);
    let unpacked = stage.path().join("some folder");
    fs::rename(stage.path().join("ferry"), &unpacked).expect("moved");
    let lib = unpacked.join("lib");
    let mut command = Command::new(tools::find_on_the_path("PKG_CONFIG", "pkg-config"));
    command.env("PKG_CONFIG_PATH", lib.join("pkgconfig"));
    let shown = tools::run(command.args(["--variable=libdir", "ferry"]));
    assert_eq!(fs::canonicalize(shown.trim().replace('\\', "")).expect(&shown), lib);
    cmake_builds(&unpacked, false);
}

/// README.md claims only what is in the table of targets, and says of each how far it was tried, in one of
/// three words; `make platforms` compares them with what ran.
#[test]
fn the_platforms_of_the_readme_are_targets() {
    let table = fs::read_to_string(root().join("bindings/packages/targets.py")).expect("the table");
    let targets = table.split("Target(").skip(1);
    let targets: Vec<&str> =
        targets.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect();
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: Vec<(&str, &str)> =
        rows.filter_map(|(name, rest)| Some((name, rest.split_once(" |")?.0))).collect();
    assert!(rows.len() > 1, "README.md has lost its table");
    for (name, word) in rows {
        assert!(targets.contains(&name), "{name} is none of {targets:?}");
        assert!(["tested", "smoke-tested", "builds"].contains(&word), "{name} is {word}");
    }
}
