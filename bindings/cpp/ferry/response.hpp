#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "call.hpp"
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
    using handle = detail::owned<ferry_response, ferry_response_free>;
    class header_range;

    explicit response(handle held) : held_(std::move(held)) {}

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
    std::shared_ptr<const ferry_response> held_;
};

/// The headers of a response, which it keeps alive.
class response::header_range {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = ferry::header;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = ferry::header;

        iterator() = default;
        ferry::header operator*() const noexcept {
            return {ferry_response_header_name(of_, index_), ferry_response_header_value(of_, index_)};
        }
        iterator &operator++() noexcept {
            ++index_;
            return *this;
        }
        void operator++(int) noexcept { ++index_; }
        friend bool operator==(iterator a, iterator b) noexcept { return a.index_ == b.index_; }
        friend bool operator!=(iterator a, iterator b) noexcept { return a.index_ != b.index_; }

    private:
        friend class header_range;
        iterator(const ferry_response *of, std::size_t index) : of_(of), index_(index) {}

        const ferry_response *of_ = nullptr;
        std::size_t index_ = 0;
    };

    iterator begin() const noexcept { return {of_.get(), 0}; }
    iterator end() const noexcept { return {of_.get(), size()}; }
    std::size_t size() const noexcept { return ferry_response_header_count(of_.get()); }
    bool empty() const noexcept { return size() == 0; }

private:
    friend class response;
    explicit header_range(std::shared_ptr<const ferry_response> of) : of_(std::move(of)) {}

    std::shared_ptr<const ferry_response> of_;
};

inline response::header_range response::headers() const noexcept {
    return header_range(held_);
}

namespace detail {

template <class Function, class... Arguments>
response make_response(Function function, const Arguments &...arguments) {
    return response(make<response::handle>(function, arguments...));
}

} // namespace detail
} // namespace ferry
