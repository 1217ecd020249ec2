#pragma once

#include <filesystem>
#include <string>

namespace ferry::detail {

/// A path as the library takes it: UTF-8, also where the system has other characters in paths (Windows).
inline std::string utf8(const std::filesystem::path &path) {
#ifdef _WIN32
    const auto text = path.u8string(); // of char8_t since C++20
    return {reinterpret_cast<const char *>(text.data()), text.size()};
#else
    return path.native();
#endif
}

/// A path that the library tells.
inline std::filesystem::path path_of(const std::string &text) {
#if defined(_WIN32) && defined(__cpp_char8_t)
    return {reinterpret_cast<const char8_t *>(text.c_str())};
#elif defined(_WIN32)
    return std::filesystem::u8path(text);
#else
    return {text};
#endif
}

} // namespace ferry::detail
