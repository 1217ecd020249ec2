#pragma once

#include <cstdint>
#include <string_view>

#include <ferry.h>

namespace ferry {

/// The version of the library that the program runs with, e.g. "0.1.0".
inline std::string_view version() noexcept {
    return ferry_version();
}

/// The same as a number: major << 16 | minor << 8 | patch.
inline std::uint32_t version_number() noexcept {
    return ferry_version_number();
}

/// Whether the library has the version that the program was compiled for.
inline bool is_compiled_version() noexcept {
    return ferry_version_number() == FERRY_VERSION_NUMBER;
}

/// How many objects, strings and buffers of the library are not freed yet. A test that ends with 0 leaks
/// nothing.
inline std::uint64_t live_objects() noexcept {
    return ferry_live_objects();
}

} // namespace ferry
