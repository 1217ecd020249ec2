//! The binary interface: the header compiles everywhere, the library exports what it declares, and both lay
//! out structs alike.

#[path = "c/declarations.rs"]
#[allow(dead_code)] // tests/c.rs uses all of it
mod declarations;
#[path = "abi/layout.rs"]
mod layout;
mod tools;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use declarations::Declarations;
use tools::{STRICT, compiler, header, library_folder, root, run};

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("ferry-abi-").tempdir().expect("a folder")
}

fn strict(command: &str, standard: &str) -> Command {
    let mut command = Command::new(command);
    command.arg(format!("-std={standard}")).args(STRICT).arg("-I").arg(root().join("include"));
    command
}

fn knows(command: &str, standard: &str, file: &Path) -> bool {
    let mut probe = Command::new(command);
    probe.arg(format!("-std={standard}")).arg("-fsyntax-only").arg(file);
    probe.output().unwrap_or_else(|error| panic!("cannot run {command}: {error}")).status.success()
}

/// Compiles the header alone, and included twice, by itself.
fn compiles(command: String, standards: &[&str], ending: &str) {
    let folder = folder();
    let empty = folder.path().join(format!("empty.{ending}"));
    fs::write(&empty, "").expect("written");
    let standard = standards.iter().find(|standard| knows(&command, standard, &empty));
    let standard = standard.unwrap_or_else(|| panic!("{command} knows none of {standards:?}"));
    let file = folder.path().join(format!("alone.{ending}"));
    fs::write(&file, "#include \"ferry.h\"\n#include \"ferry.h\"\nint ferry_alone;\n").expect("written");
    run(strict(&command, standard).arg("-fsyntax-only").arg(file));
}

#[test]
fn the_header_is_c99() {
    compiles(compiler("CC", "cc"), &["c99"], "c");
}

#[test]
fn the_header_is_c11() {
    compiles(compiler("CC", "cc"), &["c11"], "c");
}

#[test]
fn the_header_is_c23() {
    compiles(compiler("CC", "cc"), &["c23", "c2x"], "c");
}

#[test]
fn the_header_is_cpp11() {
    compiles(compiler("CXX", "c++"), &["c++11"], "cc");
}

#[test]
fn the_header_is_cpp20() {
    compiles(compiler("CXX", "c++"), &["c++20", "c++2a"], "cc");
}

/// The header, the headers of C++ (each is in ferry.hpp) and the examples, by the compilers of mingw-w64,
/// where those are. C++20 has other texts in paths than C++17.
#[test]
fn headers_and_examples_compile_for_windows() {
    let compilers = ["gcc", "g++"].map(|name| {
        let names = ["-posix", ""].map(|ending| format!("x86_64-w64-mingw32-{name}{ending}"));
        names.into_iter().find(|name| tools::on_the_path(name).is_some())
    });
    let [Some(gcc), Some(gxx)] = compilers else {
        return eprintln!("mingw-w64 is not there: headers and examples are not compiled for Windows");
    };
    let bindings = root().join("bindings");
    let mut runs = Vec::new();
    for (compiler, of, standards) in [(&gcc, "c", ["c11", "c11"]), (&gxx, "cpp", ["c++17", "c++20"])] {
        let examples = fs::read_dir(bindings.join(of).join("examples")).expect("examples");
        let mut files: Vec<PathBuf> = examples.map(|file| file.expect("a file").path()).collect();
        files.sort();
        assert!(files.len() > 1, "{files:?}");
        runs.extend(files.into_iter().zip(standards.into_iter().cycle()).map(|it| (compiler, it.1, it.0)));
    }
    for (compiler, standard, file) in runs {
        run(strict(compiler, standard).arg("-I").arg(bindings.join("cpp")).arg("-fsyntax-only").arg(file));
    }
}

/// Links `files` with the library and runs the result.
fn link_and_run(mut command: Command, files: &[(&str, &str)]) -> String {
    let (folder, library) = (folder(), library_folder());
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        command.arg(file);
    }
    let program = folder.path().join("program");
    command.arg("-o").arg(&program).arg("-L").arg(&library).arg("-lferry");
    run(command.arg(format!("-Wl,-rpath,{}", library.display())));
    run(&mut Command::new(program))
}

#[test]
fn two_translation_units_can_include_it() {
    let main = "#include \"ferry.h\"\n#include <stdio.h>\nconst char *other(void);\n\
                int main(void) { puts(other()); return ferry_version_number() != FERRY_VERSION_NUMBER; }\n";
    let other = "#include \"ferry.h\"\nconst char *other(void);\nconst char *other(void) { return ferry_version(); }\n";
    let output = link_and_run(strict(&compiler("CC", "cc"), "c11"), &[("main.c", main), ("other.c", other)]);
    assert_eq!(output.trim(), env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_cpp_program_links() {
    let main = "#include <cstdio>\n#include \"ferry.h\"\n\
                int main() { std::puts(ferry_status_name(FERRY_NETWORK)); return ferry_live_objects() != 0; }\n";
    let output = link_and_run(strict(&compiler("CXX", "c++"), "c++11"), &[("main.cc", main)]);
    assert_eq!(output.trim(), "FERRY_NETWORK");
}

/// The library exports what the header declares, no more and no less, and a symbol never goes away unnoticed.
#[test]
fn the_exported_symbols_are_those_of_the_header_and_of_the_list() {
    let library = library_folder().join("libferry.so");
    let symbols = run(Command::new(compiler("NM", "nm")).args(["-D", "--defined-only"]).arg(&library));
    let exported: BTreeSet<String> =
        symbols.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect();
    let declared: BTreeSet<String> =
        Declarations::read(&header()).functions.into_iter().map(|function| function.name).collect();
    assert_eq!(exported, declared, "left: exported by the library, right: declared in include/ferry.h");

    let path = root().join("tests/abi/symbols.txt");
    let lines: String = exported.iter().map(|name| format!("{name}\n")).collect();
    if std::env::var_os("FERRY_WRITE_SYMBOLS").is_some() {
        fs::write(&path, &lines).expect("tests/abi/symbols.txt is written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let golden: BTreeSet<String> = golden.lines().map(str::to_owned).collect();
    let (gone, new) = (&golden - &exported, &exported - &golden);
    assert!(gone.is_empty() && new.is_empty(), "{}", difference(&gone, &new));
}

fn difference(gone: &BTreeSet<String>, new: &BTreeSet<String>) -> String {
    format!(
        "the symbols are not those of tests/abi/symbols.txt\n  gone: {gone:?}\n  new: {new:?}\n\
         A symbol that was released once stays for ever; if the change is wanted, write the list anew and \
         commit it:\n\
         FERRY_WRITE_SYMBOLS=1 cargo test --test abi"
    )
}

/// C sees every struct as Rust does: each field at its place, and none that only one of them has.
#[test]
fn structs_are_laid_out_alike_in_c_and_rust() {
    let mut program = String::from("#include <stdio.h>\n#include \"ferry.h\"\nint main(void) {\n");
    for declared in Declarations::read(&header()).structs {
        let name = &declared.name;
        program += &format!("    printf(\"{name} %zu\\n\", sizeof({name}));\n");
        for field in &declared.fields {
            program += &format!("    printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));\n");
        }
    }
    program += "    return 0;\n}\n";
    let seen = link_and_run(strict(&compiler("CC", "cc"), "c11"), &[("layout.c", &program)]);
    let in_c: BTreeSet<&str> = seen.lines().collect();
    let in_rust = layout::lines();
    let in_rust: BTreeSet<&str> = in_rust.iter().map(String::as_str).collect();
    assert_eq!(
        in_c, in_rust,
        "left: in C, right: in Rust; a new struct or field belongs into tests/abi/layout.rs too"
    );
}

/// A field at the end of a version that would fit into padding would not change `sizeof`: the library could
/// not tell which version the program has.
#[test]
fn no_struct_ends_in_padding() {
    let mut program = String::from("#include <stdio.h>\n#include \"ferry.h\"\nint main(void) {\n");
    let structs = Declarations::read(&header()).structs;
    assert!(structs.len() >= 8, "{structs:?}");
    for declared in &structs {
        let (name, last) = (&declared.name, declared.fields.last().expect("a field"));
        program += &format!(
            "    if (offsetof({name}, {last}) + sizeof((({name} *)0)->{last}) != sizeof({name}))\n        \
             puts(\"{name}\");\n"
        );
    }
    program += "    return 0;\n}\n";
    let padded = link_and_run(strict(&compiler("CC", "cc"), "c11"), &[("padding.c", &program)]);
    assert_eq!(padded, "", "these end in padding: fill it with `uint32_t _reserved`");
}

/// Nothing else would say that the digest is slow: it is right with any instructions.
/// AVX-512 has the rotation of MD5 as an instruction, once for each of 64 steps and each 16 streams.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_rounds_of_md5_are_in_vector_instructions() {
    let library = library_folder().join("libferry.so");
    let code = run(Command::new(compiler("OBJDUMP", "objdump")).arg("--disassemble").arg(library));
    let count = |instruction: &str, register: &str| {
        code.lines().filter(|line| line.contains(instruction) && line.contains(register)).count()
    };
    assert!(count("\tvprold", "%zmm") >= 64 + 128, "the kernels of 16 and 32 streams");
    assert!(count("\tvpsrld", "%ymm") >= 64 + 128, "the kernels of 8 and 16 streams");
}

/// What `make abi` says of a header that is another one, where abidiff is.
#[test]
fn a_broken_interface_is_found_and_a_new_function_is_said() {
    let folder = folder();
    let compare = |old: &str, new: &str| {
        let [old, new] = [("old.h", old), ("new.h", new)].map(|(name, text)| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            path
        });
        let mut command = Command::new("python3");
        let told = command.arg(root().join("tests/abi/compare")).arg(old).arg(new).output().expect("run");
        let texts = [told.stdout, told.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (told.status.success(), texts.concat())
    };
    let now = header();
    let (is_sound, told) = compare(&now, &now);
    if told.starts_with("abidiff is missing") {
        return tools::is_not_run("the test of `make abi`", "abidiff is not there");
    }
    assert!(is_sound && told.contains("0 functions and 0 numbers are new"), "{told}");
    let change = |from: &str, to: &str| {
        assert!(now.contains(from), "{from} is not in the header");
        now.replacen(from, to, 1)
    };
    let function = "const char *ferry_filelink_handle(const ferry_filelink *filelink);";
    let less = change(function, "");
    let (is_sound, told) = compare(&less, &now);
    assert!(is_sound && told.contains("1 functions and 0 numbers are new"), "{told}");
    assert!(!compare(&now, &less).0, "a function is gone");
    for (from, to) in [
        (function, "const char *ferry_filelink_handle(const ferry_filelink *filelink, int which);"),
        ("#define FERRY_IO 3", "#define FERRY_IO 70"),
        ("uint64_t bytes_sent;", "uint32_t bytes_sent;"),
    ] {
        assert!(!compare(&now, &change(from, to)).0, "{from} has become {to}");
    }
}
