# In nixpkgs: pkgs/by-name/li/libferry/package.nix.
{
  lib,
  stdenv,
  fetchurl,
  rustPlatform,
  cargo,
  rustc,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "libferry";
  version = "@VERSION@";

  src = fetchurl {
    url = "@URL@";
    sha256 = "@SHA256@";
  };

  # Cargo.lock lies beside this file: what is built must not be needed to tell what to fetch.
  cargoDeps = rustPlatform.importCargoLock { lockFile = ./Cargo.lock; };

  nativeBuildInputs = [
    cargo
    rustPlatform.cargoSetupHook
    rustc
  ];

  outputs = [
    "out"
    "dev"
    "doc"
  ];

  makeFlags = [
    "PREFIX=${placeholder "out"}"
    "INCLUDEDIR=${placeholder "dev"}/include"
    "DOCDIR=${placeholder "doc"}/share/doc/ferry"
    "MANDIR=${placeholder "doc"}/share/man"
  ];
  buildFlags = [ "lib" ];

  # They need the network once, and a compiler for each language.
  doCheck = false;

  meta = {
    description = "Carries files to media clouds: Filestack and Telestream Cloud Flip";
    homepage = "@HOME@";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    platforms = lib.platforms.unix;
  };
})
