# What a person types. `make` alone lists it. Every target works from a fresh clone.

PREFIX     ?= /usr/local
DESTDIR    ?=
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR     ?= $(PREFIX)/share/doc/ferry
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
BINDIR     ?= $(PREFIX)/bin
CC         ?= cc
CARGO      ?= cargo
PROFILE    ?= release
FILE       ?=
SIZE       ?= 256
SECONDS    ?= 600
FUZZERS    ?=
KILLS      ?= 3000
SEEDS      ?= 100000
UPLOADS    ?= 1000000
GIB        ?= 200
MINUTES    ?= 120
SAMPLE     ?= 300
SAMPLES    ?= 0
SEED       ?= 1
AGAINST    ?=
SCHEDULES  ?= 100000
ARGS       ?=
PORT       ?= 8080
TARGETS    ?=
# Tests wait more than they compute.
THREADS    ?= $(shell expr 3 \* $$(getconf _NPROCESSORS_ONLN))

TARGET  := $(abspath $(or $(CARGO_TARGET_DIR),target))
TOOLS   := $(TARGET)/tools
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
MAJOR   := $(word 1,$(subst ., ,$(VERSION)))
MINOR   := $(word 2,$(subst ., ,$(VERSION)))
# Before 1.0 a minor version may break programs, after it only a major one.
ABI     := $(if $(filter 0,$(MAJOR)),$(MAJOR).$(MINOR),$(MAJOR))

# The triple that the library is compiled for; empty: this machine's. `make packages` gives it.
TRIPLE ?=
SYSTEM := $(or $(strip $(foreach system,darwin windows linux,$(findstring $(system),$(TRIPLE)))),$(shell uname -s | tr A-Z a-z))
ifneq ($(findstring darwin,$(SYSTEM)),)
  BUILT  := libferry.dylib
  REAL   := libferry.$(VERSION).dylib
  SONAME := libferry.$(ABI).dylib
  LINK_ARGS := -C link-arg=-Wl,-install_name,@rpath/$(SONAME)
else ifneq ($(findstring windows,$(SYSTEM)),)
  BUILT  := ferry.dll
  REAL   := ferry.dll
  SONAME := ferry.dll
  LINK_ARGS :=
else
  BUILT  := libferry.so
  REAL   := libferry.so.$(VERSION)
  SONAME := libferry.so.$(ABI)
  # A thread that waits for the system's name resolver can outlive a call, so the library stays loaded.
  LINK_ARGS := -C link-arg=-Wl,-soname,$(SONAME) -C link-arg=-Wl,-z,nodelete
endif

# The libraries as they are installed. Their build has a folder of its own, for cargo gives libferry.so of every build the same name.
LIB := $(TARGET)/ferry$(addprefix /,$(TRIPLE))
# More words for cargo; the packages are compiled with others.
CARGO_ARGS ?=

.PHONY: help
help: ## this list
	@echo 'Ferry $(VERSION): a C library that carries files to media clouds.'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'
	@echo
	@echo '  FILE=photo.jpg   what `make demo` uploads; SIZE=256: MiB of the file that it makes'
	@echo '  SECONDS=600      how long `make fuzz` runs each fuzzer; FUZZERS= names some'
	@echo '  KILLS=3000       how often `make crash` kills'
	@echo '  SCHEDULES=100000 how many schedules of each piece `make schedules` runs, about 500 a second'
	@echo '  SEEDS=100000     how many worlds `make simulation` runs, about 25 a second and core'
	@echo '  UPLOADS=1000000 GIB=200 MINUTES=120   how much `make soak` uploads, and for how long at most'
	@echo '  SAMPLES=0        how many failures of each kind `make torture` makes in each scenario; 0: all, or 1,000 of more'
	@echo '  SAMPLE=300 SEED=1 AGAINST=COMMIT   what `make mutation` and `make abi` are about'
	@echo '  ARGS=--quick     what `make lines` measures; ARGS=--help lists it; flags for `make cloud`'
	@echo '  TARGETS=          what `make packages` and `make platforms` are about; empty: all of bindings/packages/targets.py'
	@echo '  PREFIX=/usr/local DESTDIR=   where `make install` puts it'

.PHONY: demo
demo: lib ## build it, start the local cloud, upload FILE (or a picture) and a big file that is killed half-way and goes on, have it encoded, fetch all, compare
	$(CARGO) build -p localcloud
	@CC='$(CC)' BUILT='$(BUILT)' TARGET='$(TARGET)' LIB='$(LIB)' FILE='$(FILE)' SIZE='$(SIZE)' tests/tools/demo

.PHONY: cloud
cloud: ## the local cloud on port PORT, with a page at /_local/, until Ctrl-C; a line for each request; ARGS='--data DIR' keeps its files
	@$(CARGO) build -p localcloud
	@exec '$(TARGET)/debug/localcloud' --http '127.0.0.1:$(PORT)' --console $(ARGS)

.PHONY: page
page: ## look at the page of the local cloud in Chromium, while Ferry uploads; screenshots are in target/page; needs node, chromium
	@TOOLS='$(TOOLS)' tests/tools/browser
	@mkdir -p '$(TARGET)/page'
	@FERRY_TOOLS='$(TOOLS)' FERRY_PAGE='$(TARGET)/page' $(TESTED) --test readme page::
	@ls '$(TARGET)'/page/*.png

.PHONY: test
test: ## everything: formatting, lints, and the tests of Rust, C, C++, Go, Java, Node, Python and the vendors' SDKs
	$(CARGO) fmt --all --check
	@# What it says of a failure is lost among what the compiler says: it says it again below.
	@TOOLS='$(TOOLS)' tests/tools/setup & $(TESTED) --all-targets --no-run; compiled=$$?; wait; exit $$compiled
	@TOOLS='$(TOOLS)' tests/tools/setup
	@RUST_TEST_THREADS=$(THREADS) FERRY_TOOLS='$(TOOLS)' $(TESTED) --all-targets
	@$(TESTED) --doc

# Each crate is linted as it is compiled. Most runs compile all: what a later one could use costs a fifth of the time.
TESTED := CARGO_INCREMENTAL=0 $(CARGO) test --workspace --config 'build.rustc-workspace-wrapper="$(CURDIR)/tests/tools/lint"'

.PHONY: check
# --workspace as in `make test`: with other members cargo chooses other features, and compiles the library twice.
check: ## formatting, lints, and whether include/ferry.h is what src/ffi says
	$(CARGO) fmt --all --check
	$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings
	$(CARGO) test --quiet --workspace --test header

.PHONY: header
header: ## write include/ferry.h from src/ffi
	FERRY_WRITE_HEADER=1 $(CARGO) test --quiet --workspace --test header

.PHONY: bindings
bindings: ## write what the bindings have from the table of tasks: typed transformations, bindings/TASKS.md
	FERRY_WRITE_BINDINGS=1 $(CARGO) test --quiet --workspace --test generated

.PHONY: bench
bench: tools ## how fast uploads and the calls that send nothing are, beside what one would use instead
	@FERRY_TOOLS='$(TOOLS)' $(CARGO) bench --bench upload
	@FERRY_TOOLS='$(TOOLS)' $(CARGO) bench --bench calls

.PHONY: lines
lines: tools ## how fast uploads are on emulated long lines, beside bare TCP; ARGS=--quick is shorter
	@FERRY_TOOLS='$(TOOLS)' $(CARGO) run --quiet --release --package lines -- $(ARGS)

.PHONY: fuzz
fuzz: ## look for inputs that break a promise, under AddressSanitizer; SECONDS=600 each, FUZZERS= names some
	@CARGO='$(CARGO)' TARGET='$(TARGET)' SECONDS='$(SECONDS)' FUZZERS='$(FUZZERS)' tests/tools/fuzz

.PHONY: crash
crash: ## kill uploads and services KILLS times, at any moment and at every kind of system call: each upload has to end well
	@FERRY_CRASH_KILLS='$(KILLS)' $(CARGO) test --workspace --test crash -- --nocapture

.PHONY: simulation
simulation: ## uploads and downloads in SEEDS simulated worlds, with faults of every kind; a seed that fails is said and runs again
	@FERRY_SIMULATION_FIRST=1000000 FERRY_SIMULATION_SEEDS='$(SEEDS)' $(CARGO) test --workspace --test simulation -- --nocapture uploads_keep

.PHONY: soak
soak: lib ## UPLOADS small uploads and GIB in eight threads while the clouds go wrong: memory, descriptors and threads must not grow; the figures are in target/soak
	@$(CARGO) build --release -p localcloud
	@mkdir -p '$(TARGET)/soak'
	@FERRY_SOAK_UPLOADS='$(UPLOADS)' FERRY_SOAK_GIB='$(GIB)' FERRY_SOAK_MINUTES='$(MINUTES)' FERRY_SOAK_LIBRARY='$(LIB)' \
		FERRY_SOAK_CLOUD='$(TARGET)/release/localcloud' FERRY_SOAK_CSV='$(TARGET)/soak/soak.csv' \
		$(CARGO) test --workspace --test soak -- --nocapture --test-threads=1 nothing_grows

.PHONY: torture
torture: lib ## make each allocation, each system call and each thread fail, in every function: each has to end well or in a status
	@# The cloud is in the test, and most of the time is its.
	@FERRY_TORTURE_SAMPLES='$(SAMPLES)' FERRY_TORTURE_LIBRARY='$(LIB)' $(CARGO) test --release --workspace --test torture -- --nocapture

.PHONY: schedules
schedules: ## the queue, pause, interrupt, cancel and the lock of a journal under SCHEDULES schedules each, which differ in single atomic accesses
	@FERRY_SCHEDULES='$(SCHEDULES)' $(CARGO) test --workspace --target-dir '$(TARGET)/schedules' --config 'build.rustc-workspace-wrapper="$(CURDIR)/tests/tools/instrument"' \
		--test simulation schedules:: -- --nocapture --test-threads=1

.PHONY: deny
deny: ## licences and sources of the crates, and whether a fault of one is known; needs cargo-deny, and the network for the faults
	@$(CARGO) deny --version >/dev/null 2>&1 || { echo 'make deny: cargo-deny is missing: cargo install --locked cargo-deny' >&2; exit 1; }
	@for manifest in Cargo.toml tests/fuzz/Cargo.toml; do \
		$(CARGO) deny --manifest-path $$manifest --workspace --all-features --locked --config tests/tools/deny.toml check $(ARGS) || exit 1; done

.PHONY: trust
trust: ## make the figures of tests/TRUST.md anew, in under an hour on 2 cores; ARGS='--long soak' a long run
	@TARGET='$(TARGET)' tests/tools/trust $(ARGS)

.PHONY: abi
abi: tools ## the binary interface beside that of the last release, or of the commit AGAINST; needs abidiff
	@FERRY_TOOLS='$(TOOLS)' AGAINST='$(AGAINST)' CC='$(CC)' tests/tools/abi

.PHONY: mutation-tools
mutation-tools: tools
	@'$(TOOLS)/python/bin/pip' install --quiet --disable-pip-version-check -r tests/mutation/requirements.txt

.PHONY: planted
planted: mutation-tools ## whether simulation, torture, crash and soak find faults that are planted in the library
	@'$(TOOLS)/python/bin/python' tests/mutation/planted.py --cargo '$(CARGO)' '$(TARGET)/mutation'

.PHONY: mutation
mutation: ## whether the tests notice when the library does something else: SAMPLE=300 mutants, of the seed SEED; needs cargo-mutants
	@$(CARGO) mutants --version >/dev/null 2>&1 || { echo 'make mutation: cargo-mutants is missing: cargo install --locked cargo-mutants' >&2; exit 1; }
	@$(MAKE) --no-print-directory mutation-tools
	@'$(TOOLS)/python/bin/python' tests/mutation/run.py --cargo '$(CARGO)' --sample '$(SAMPLE)' --seed '$(SEED)' '$(TARGET)/mutation'

.PHONY: sanitize
sanitize: ## the C programs against a library that is instrumented itself: AddressSanitizer, LeakSanitizer, ThreadSanitizer; what `make test` leaves to it
	@CARGO='$(CARGO)' CC='$(CC)' TARGET='$(TARGET)' tests/tools/sanitize

.PHONY: miri
miri: ## the C functions, digests, journals, redaction and transformations under Miri; needs nightly with miri
	@CARGO='$(CARGO)' tests/tools/miri

.PHONY: lib
lib: ## the library as it is installed: shared and static, in target/ferry
	@COMPILE='$(CARGO) rustc $(CARGO_ARGS)' TARGET='$(TARGET)' TRIPLE='$(TRIPLE)' LIB='$(LIB)' BUILT='$(BUILT)' \
		REAL='$(REAL)' SONAME='$(SONAME)' PROFILE='$(PROFILE)' LINK_ARGS='$(LINK_ARGS)' tests/tools/lib

FILL = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@DOCDIR@|$(DOCDIR)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' \
	-e 's|@VERSION@|$(VERSION)|g' -e 's|@SONAME@|$(SONAME)|g' -e 's|@ABI@|$(ABI)|g' -e 's|@BUILT@|$(BUILT)|g' \
	-e "s|@PRIVATE@|$$(cat '$(LIB)/native-static-libs')|g" -e 's|@SHARED@|$(SHARED)|g' -e 's|@PC_PREFIX@|$(PC_PREFIX)|g' \
	-e 's|^\([a-z]*dir=\)$(PREFIX)/|\1$${prefix}/|'
# What ferry.pc says for PREFIX; `make packages` gives a path from the place of the file itself.
PC_PREFIX ?= $(PREFIX)
ifneq ($(SYSTEM),windows)
FILL += -e '/IMPORTED_IMPLIB/d' # only a DLL has a library of its own to link with
endif

# A DLL lies beside the programs, and has no links to it; programs are linked with a library of its own.
ifeq ($(SYSTEM),windows)
SHARED := ../bin/$(BUILT)
SHARED_DIR = $(BINDIR)
define INSTALL_SHARED
	@install -d '$(DESTDIR)$(BINDIR)'
	@install -m 755 '$(LIB)/$(REAL)' '$(DESTDIR)$(BINDIR)/$(REAL)'
	@install -m 644 '$(LIB)/libferry.dll.a' '$(DESTDIR)$(LIBDIR)/libferry.dll.a'
endef
else
SHARED := $(BUILT)
SHARED_DIR = $(LIBDIR)
define INSTALL_SHARED
	@install -m 755 '$(LIB)/$(REAL)' '$(DESTDIR)$(LIBDIR)/$(REAL)'
	@ln -sf '$(REAL)' '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	@ln -sf '$(SONAME)' '$(DESTDIR)$(LIBDIR)/$(BUILT)'
endef
endif

.PHONY: install
install: lib ## library, headers, pkg-config and CMake files, manual into PREFIX
	@install -d '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(LIBDIR)/cmake/ferry' '$(DESTDIR)$(INCLUDEDIR)/ferry'
	$(INSTALL_SHARED)
	@install -m 644 '$(LIB)/libferry.a' '$(DESTDIR)$(LIBDIR)/libferry.a'
	@install -m 644 include/ferry.h '$(DESTDIR)$(INCLUDEDIR)/ferry.h'
	@install -m 644 bindings/cpp/ferry.hpp '$(DESTDIR)$(INCLUDEDIR)/ferry.hpp'
	@install -m 644 bindings/cpp/ferry/*.hpp '$(DESTDIR)$(INCLUDEDIR)/ferry/'
	@$(FILL) bindings/c/ferry.pc.in > '$(DESTDIR)$(LIBDIR)/pkgconfig/ferry.pc'
	@# Not every linker can be told to take the static library of two, so this one names its file.
	@sed -e 's|^Name:.*|Name: ferry-static|' -e '/^Libs:/d' -e 's|^Libs.private:|Libs: $${libdir}/libferry.a|' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig/ferry.pc' > '$(DESTDIR)$(LIBDIR)/pkgconfig/ferry-static.pc'
	@$(FILL) bindings/c/cmake/ferry-config.cmake.in > '$(DESTDIR)$(LIBDIR)/cmake/ferry/ferry-config.cmake'
	@$(FILL) bindings/c/cmake/ferry-config-version.cmake.in > '$(DESTDIR)$(LIBDIR)/cmake/ferry/ferry-config-version.cmake'
	@tests/tools/manual '$(DESTDIR)$(DOCDIR)'
	@install -d '$(DESTDIR)$(MANDIR)/man3'
	@$(FILL) include/guides/ferry.3 > '$(DESTDIR)$(MANDIR)/man3/ferry.3'
	@echo 'installed Ferry $(VERSION): $(DESTDIR)$(SHARED_DIR)/$(REAL), libferry.a, $(DESTDIR)$(INCLUDEDIR)/ferry.h, ferry.hpp, ferry.pc, ferry-config.cmake, $(DESTDIR)$(DOCDIR), ferry(3)'

# Not a part of `make install`: it compiles the library a second time, with what a Rust program needs of it.
.PHONY: install-program
install-program: ## the program `ferry`, its man pages, and completions for bash, zsh and fish into PREFIX
	@$(CARGO) build --release --locked -p ferry-cli
	@install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(DATADIR)/bash-completion/completions' \
		'$(DESTDIR)$(DATADIR)/zsh/site-functions' '$(DESTDIR)$(DATADIR)/fish/vendor_completions.d'
	@install -m 755 '$(TARGET)/release/ferry' '$(DESTDIR)$(BINDIR)/ferry'
	@'$(TARGET)/release/ferry' man '$(DESTDIR)$(MANDIR)/man1'
	@'$(TARGET)/release/ferry' completions bash > '$(DESTDIR)$(DATADIR)/bash-completion/completions/ferry'
	@'$(TARGET)/release/ferry' completions zsh > '$(DESTDIR)$(DATADIR)/zsh/site-functions/_ferry'
	@'$(TARGET)/release/ferry' completions fish > '$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/ferry.fish'
	@echo 'installed Ferry $(VERSION): $(DESTDIR)$(BINDIR)/ferry, ferry(1), completions for bash, zsh and fish'

.PHONY: recipes
recipes: ## the recipes for vcpkg, Conan, Homebrew, conda, Debian and Nix with the archive of the sources that they build, in target/recipes
	@VERSION='$(VERSION)' ABI='$(ABI)' python3 -B bindings/packages/recipes.py '$(TARGET)/recipes'
	@ls -d '$(TARGET)'/recipes/*

.PHONY: wheel
wheel: lib ## the Python package with the library inside, in target/wheels
	@FERRY_LIBRARY='$(LIB)/$(BUILT)' python3 -m pip wheel --quiet --no-index --no-deps --wheel-dir '$(TARGET)/wheels' bindings/python
	@ls '$(TARGET)/wheels/'libferry-$(VERSION)-*.whl

.PHONY: packages
packages: ## archives, wheels and .debs for every platform, in target/packages; TARGETS='x86_64-unknown-linux-gnu …' chooses
	@TOOLS='$(TOOLS)' bindings/packages/setup
	@TOOLS='$(TOOLS)' python3 bindings/packages/build.py '$(TARGET)/packages' $(TARGETS)

# What is made of two formats on two systems, for it takes as long as making it the first time.
TWICE ?= $(filter $(or $(TARGETS),%),x86_64-unknown-linux-gnu aarch64-apple-darwin)

.PHONY: platforms
platforms: tools ## load what `make packages` makes, on its own system or an emulator, and prove that it is the same from two folders; TESTS= names targets whose tests run too
	@TOOLS='$(TOOLS)' bindings/packages/setup platforms
	@$(MAKE) --no-print-directory packages
	$(CARGO) build --locked -p localcloud
	@TOOLS='$(TOOLS)' TESTS='$(TESTS)' python3 tests/platforms/load.py '$(TARGET)/platforms' '$(TARGET)/packages' '$(TARGET)/debug/localcloud' $(TARGETS)
	@TOOLS='$(TOOLS)' bindings/packages/twice '$(TARGET)/packages' $(TWICE)

.PHONY: docs
docs: tools ## one site in target/docs: the guides, the C and C++ reference, Python, Go; needs doxygen, and mkdocs from PyPI
	@TARGET='$(TARGET)' TOOLS='$(TOOLS)' VERSION='$(VERSION)' tests/tools/docs

.PHONY: recording
recording: lib ## record the terminal that README.md shows: an upload that is killed and goes on
	@$(CARGO) build --quiet -p localcloud
	@$(CC) -std=c11 -O2 -Iinclude bindings/c/examples/upload.c -L'$(LIB)' -lferry -Wl,-rpath,'$(LIB)' -o '$(LIB)/upload'
	@python3 tests/tools/recording '$(LIB)/upload' '$(TARGET)/debug/localcloud' include/guides/killed.svg

.PHONY: tools
tools: ## find or install what the tests need beside Rust and C
	@TOOLS='$(TOOLS)' tests/tools/setup

.PHONY: clean
clean: ## remove all that was built
	$(CARGO) clean
