vcpkg_download_distfile(ARCHIVE
    URLS "@URL@"
    FILENAME "libferry-${VERSION}.tar.gz"
    SHA512 @SHA512@
)
vcpkg_extract_source_archive(SOURCE_PATH ARCHIVE "${ARCHIVE}")

# vcpkg has no Rust of its own.
find_program(CARGO cargo PATHS "$ENV{HOME}/.cargo/bin" REQUIRED)
find_program(MAKE make REQUIRED)

# The interface is C, so there is nothing that a debug build of a program would need another library for.
set(VCPKG_BUILD_TYPE release)
vcpkg_execute_required_process(
    COMMAND "${MAKE}" install
        "CARGO=${CARGO}"
        "CARGO_TARGET_DIR=${CURRENT_BUILDTREES_DIR}/${TARGET_TRIPLET}-rel"
        "PREFIX=${CURRENT_PACKAGES_DIR}"
        "DOCDIR=${CURRENT_PACKAGES_DIR}/share/${PORT}/manual"
    WORKING_DIRECTORY "${SOURCE_PATH}"
    LOGNAME "install-${TARGET_TRIPLET}"
)

# `make install` gives both libraries. A triplet is for one.
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
    file(GLOB unwanted "${CURRENT_PACKAGES_DIR}/lib/libferry*.so*" "${CURRENT_PACKAGES_DIR}/lib/libferry*.dylib")
else()
    set(unwanted "${CURRENT_PACKAGES_DIR}/lib/libferry.a" "${CURRENT_PACKAGES_DIR}/lib/pkgconfig/ferry-static.pc")
endif()
file(REMOVE ${unwanted})

vcpkg_cmake_config_fixup(PACKAGE_NAME ferry CONFIG_PATH lib/cmake/ferry)
# It finds the libraries by its own place, which is another one now.
vcpkg_replace_string("${CURRENT_PACKAGES_DIR}/share/ferry/ferry-config.cmake"
    "CMAKE_CURRENT_LIST_DIR}/../.." "CMAKE_CURRENT_LIST_DIR}/../../lib"
)
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
