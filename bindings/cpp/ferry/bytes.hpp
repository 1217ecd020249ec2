#pragma once

#include <cstddef>
#include <cstring>
#include <iterator>
#include <string_view>
#include <type_traits>

#include "call.hpp"

namespace ferry {

/// Bytes that somebody else owns: of a string, a vector, an array, a `std::span`, or a pointer and a size.
/// They are not copied: do not change them until the call returns.
class bytes_view {
    template <class Byte>
    static constexpr bool is_byte =
        std::is_same_v<Byte, char> || std::is_same_v<Byte, unsigned char> || std::is_same_v<Byte, std::byte>;
    template <class Bytes> using reference = decltype(*std::data(std::declval<const Bytes &>()));
    template <class Bytes> using element = std::remove_cv_t<std::remove_reference_t<reference<Bytes>>>;

public:
    bytes_view() = default;
    /// A text up to its NUL.
    template <class Text, std::enable_if_t<std::is_same_v<Text, const char *> || std::is_same_v<Text, char *>,
                                           int> = 0>
    bytes_view(const Text &text) : bytes_view(text, std::strlen(text)) {}
    /// A string literal, with the NULs in it and without the one at its end.
    template <std::size_t N>
    bytes_view(const char (&text)[N]) : bytes_view(text, text[N - 1] == '\0' ? N - 1 : N) {}
    /// The whole array. Of a buffer that has a text in it pass `std::string_view(buffer)`.
    template <class Byte, std::size_t N, std::enable_if_t<is_byte<std::remove_const_t<Byte>>, int> = 0>
    bytes_view(Byte (&array)[N]) : bytes_view(array, N) {}
    template <class Byte, std::enable_if_t<is_byte<Byte>, int> = 0>
    bytes_view(const Byte *data, std::size_t size)
        : data_(reinterpret_cast<const std::byte *>(data)), size_(size) {}
    template <class Bytes, std::enable_if_t<is_byte<element<Bytes>> && !std::is_array_v<Bytes>, int> = 0>
    bytes_view(const Bytes &bytes) : bytes_view(std::data(bytes), std::size(bytes)) {}

    const std::byte *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const std::byte *begin() const noexcept { return data_; }
    const std::byte *end() const noexcept { return data_ + size_; }
    std::string_view text() const noexcept { return {reinterpret_cast<const char *>(data_), size_}; }

private:
    const std::byte *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes that the library has read into memory.
class bytes {
public:
    using owned = detail::owned<ferry_bytes, ferry_bytes_free>;

    /// Take over a buffer of the C interface.
    explicit bytes(ferry_bytes *handle) noexcept : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_bytes *get() const noexcept { return held_.get(); }
    /// Give the handle up; the caller frees it with `ferry_bytes_free`.
    ferry_bytes *release() noexcept { return held_.release(); }

    const std::byte *data() const noexcept {
        return static_cast<const std::byte *>(ferry_bytes_data(held_.get()));
    }
    std::size_t size() const noexcept { return ferry_bytes_len(held_.get()); }
    bool empty() const noexcept { return size() == 0; }
    const std::byte *begin() const noexcept { return data(); }
    const std::byte *end() const noexcept { return data() + size(); }
    /// Valid while this object lives.
    std::string_view text() const noexcept { return bytes_view(*this).text(); }

private:
    owned held_;
};

namespace detail {

/// Whether its bytes are somebody else's, so that they stay when it is gone.
template <class Bytes, class = void>
struct is_view : std::bool_constant<std::is_pointer_v<Bytes> || std::is_same_v<Bytes, bytes_view> ||
                                    std::is_same_v<Bytes, std::string_view>> {};
/// A `std::span`.
template <class Bytes> struct is_view<Bytes, std::void_t<typename Bytes::element_type>> : std::true_type {};

/// The address of bytes as C takes it, where NULL would be a missing argument, not an empty one.
inline const void *address(bytes_view bytes) noexcept {
    return bytes.data() == nullptr ? "" : static_cast<const void *>(bytes.data());
}

} // namespace detail
} // namespace ferry
