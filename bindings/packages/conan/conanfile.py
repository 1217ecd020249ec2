import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, get, load, rm, rmdir, save
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class LibferryConan(ConanFile):
    name = "libferry"
    version = "@VERSION@"
    description = "Carries files to media clouds: Filestack and Telestream Cloud Flip"
    license = "MIT OR Apache-2.0"
    url = "@HOME@"
    homepage = "@HOME@"
    topics = ("upload", "filestack", "telestream", "multimedia")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": True}  # a program cannot hold two static libraries that were written in Rust

    def validate(self):
        if self.settings.os not in ("Linux", "Macos"):
            raise ConanInvalidConfiguration(f"{self.ref} is not built for {self.settings.os} by this recipe")

    def layout(self):
        basic_layout(self, src_folder="src")

    def package_id(self):
        # The interface is C, and the library is always compiled for release.
        self.info.settings.rm_safe("compiler")
        self.info.settings.rm_safe("build_type")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def _make(self, *words):
        target = os.path.join(self.build_folder, "target")
        self.run(" ".join(["make", *words, f'CARGO_TARGET_DIR="{target}"']), cwd=self.source_folder)

    def build(self):
        self._make("lib")

    def package(self):
        self._make("install", f'PREFIX="{self.package_folder}"')
        libraries = os.path.join(self.package_folder, "lib")
        for unwanted in ["libferry.a"] if self.options.shared else ["libferry*.so*", "libferry*.dylib"]:
            rm(self, unwanted, libraries)
        pc = load(self, os.path.join(libraries, "pkgconfig", "ferry.pc"))
        needed = next(line for line in pc.splitlines() if line.startswith("Libs.private:"))
        save(self, os.path.join(self.package_folder, "res", "system-libraries"), needed.partition(":")[2])
        # Conan writes such files itself, for each program that needs the library.
        for folder in ("pkgconfig", "cmake"):
            rmdir(self, os.path.join(libraries, folder))
        rmdir(self, os.path.join(self.package_folder, "share"))
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "ferry")
        self.cpp_info.set_property("cmake_target_name", "ferry::ferry")
        self.cpp_info.set_property("pkg_config_name", "ferry")
        self.cpp_info.libs = ["ferry"]
        self.cpp_info.resdirs = ["res"]
        if not self.options.shared:
            flags = load(self, os.path.join(self.package_folder, "res", "system-libraries")).split()
            self.cpp_info.system_libs = [flag[2:] for flag in flags if flag.startswith("-l")]
