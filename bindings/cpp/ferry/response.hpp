#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "call.hpp"
#include "index_iterator.hpp"
#include "value.hpp"

namespace ferry {

/// A header of a response. The name is in lower case.
struct header {
    std::string_view name;
    std::string_view value;
};

/// The whole response of a service, for requests that have no method of their own. A copy is cheap: it shares
/// the response. Texts are borrowed: they are valid while this object or a copy lives. Any number of threads
/// may read it at the same time.
class response {
public:
    using owned = detail::owned<ferry_response, ferry_response_free>;
    class header_range;

    /// Take over a response of the C interface.
    explicit response(ferry_response *handle) : held_(handle) {}
    /// For a call of the C interface; NULL if it was moved from.
    const ferry_response *get() const noexcept { return held_.get(); }
    /// Give the response up; the caller frees it with `ferry_response_free`. Throws `errc::invalid_state` if
    /// a copy or its headers live.
    ferry_response *release() { return held_.release(); }

    /// The HTTP status, e.g. 200.
    int status() const noexcept { return ferry_response_status(held_.get()); }

    /// The value of a header, whose name is not case-sensitive; the first if it occurs several times.
    std::optional<std::string_view> header(std::string_view name) const {
        const char *value = ferry_response_header(held_.get(), detail::c_text(name));
        return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
    }

    /// All headers: `for (const auto &[name, value] : response.headers())`.
    header_range headers() const noexcept;

    /// The body as it came, which may hold any bytes.
    std::string_view body() const noexcept {
        return {static_cast<const char *>(ferry_response_body(held_.get())),
                ferry_response_body_len(held_.get())};
    }

    /// The body parsed as JSON; null if it is empty. Throws `errc::protocol` if it is anything else.
    value json() const { return detail::make_value(ferry_response_json, held_.get()); }

    /// The URL of the request as errors show it, without secrets.
    std::string_view url() const noexcept { return ferry_response_url(held_.get()); }

private:
    detail::shared<ferry_response, ferry_response_free> held_;
};

/// The headers of a response, which it keeps alive.
class response::header_range {
public:
    using iterator = detail::index_iterator<header_range, ferry::header>;

    header_range() = default;

    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }
    std::size_t size() const noexcept { return ferry_response_header_count(of_.get()); }
    bool empty() const noexcept { return size() == 0; }
    ferry::header operator[](std::size_t index) const noexcept {
        return {ferry_response_header_name(of_.get(), index), ferry_response_header_value(of_.get(), index)};
    }

private:
    friend class response;
    explicit header_range(detail::shared<ferry_response, ferry_response_free> of) : of_(std::move(of)) {}

    detail::shared<ferry_response, ferry_response_free> of_;
};

inline response::header_range response::headers() const noexcept {
    return header_range(held_);
}

} // namespace ferry
