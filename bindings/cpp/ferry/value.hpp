#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "call.hpp"
#include "index_iterator.hpp"

namespace ferry {

/// A JSON value of a service. A copy is cheap: it shares the whole document, which lives as long as one value
/// of it. What is missing is null, and so is what null contains: `metadata["a"][0]["b"].to_int()` needs no
/// check in between.
class value {
public:
    enum class kind : std::int32_t {
        null = FERRY_VALUE_NULL,
        boolean = FERRY_VALUE_BOOL,
        integer = FERRY_VALUE_INT,
        real = FERRY_VALUE_DOUBLE,
        string = FERRY_VALUE_STRING,
        array = FERRY_VALUE_ARRAY,
        object = FERRY_VALUE_OBJECT,
    };

    using iterator = detail::index_iterator<value, value>;
    class member_range;

    /// Null.
    value() = default;
    value(const value &) = default;
    value &operator=(const value &) = default;
    value(value &&other) noexcept
        : document_(std::move(other.document_)), at_(std::exchange(other.at_, nullptr)) {}
    value &operator=(value &&other) noexcept {
        document_ = std::move(other.document_);
        at_ = std::exchange(other.at_, nullptr);
        return *this;
    }

    /// Take over a document of the C interface.
    explicit value(ferry_value *document) : document_(document), at_(document_.get()) {}

    /// For a call of the C interface; NULL if there is none. Valid while a value of the document lives.
    const ferry_value *get() const noexcept { return at_; }

    /// Give the document up; the caller frees it with `ferry_value_free`. Throws `errc::invalid_state` if
    /// another value of it lives, and if this is not the whole document.
    ferry_value *release() {
        if (at_ != document_.get()) {
            throw error(errc::invalid_state, "a value inside a document cannot be released");
        }
        ferry_value *const document = document_.release();
        at_ = nullptr;
        return document;
    }

    kind type() const noexcept { return static_cast<kind>(ferry_value_type(at_)); }
    bool is_null() const noexcept { return type() == kind::null; }
    /// Whether there is a value, even false or 0.
    explicit operator bool() const noexcept { return !is_null(); }

    /// The member of an object with that name.
    value operator[](std::string_view name) const {
        return inside(ferry_value_get(at_, detail::c_text(name)));
    }
    value operator[](const char *name) const { return inside(ferry_value_get(at_, name)); }
    /// An element of an array or a member of an object by its index, in the service's order.
    template <class Index, std::enable_if_t<std::is_integral_v<Index>, int> = 0>
    value operator[](Index index) const {
        return inside(ferry_value_at(at_, static_cast<std::size_t>(index)));
    }
    /// The number of elements of an array or members of an object, else 0.
    std::size_t size() const noexcept { return type() == kind::string ? 0 : ferry_value_len(at_); }
    bool empty() const noexcept { return size() == 0; }

    /// The text of a string, without NUL characters; "" for anything else.
    std::string to_string() const {
        const char *text = ferry_value_string(at_);
        return text == nullptr ? std::string() : std::string(text);
    }
    /// A number without its fraction; one out of range becomes the end of the range. 0 for anything else.
    std::int64_t to_int() const noexcept { return ferry_value_int(at_); }
    /// A number; 0 for anything else.
    double to_double() const noexcept { return ferry_value_double(at_); }
    /// Whether the value is JSON's true.
    bool to_bool() const noexcept { return ferry_value_bool(at_); }
    /// The value as JSON text.
    std::string json() const { return ferry_value_json(at_); }

    friend bool operator==(const value &it, std::string_view text) {
        return it.type() == kind::string && it.to_string() == text;
    }
    friend bool operator!=(const value &it, std::string_view text) { return !(it == text); }

    /// Write it as JSON text.
    friend std::ostream &operator<<(std::ostream &out, const value &it) {
        return out << ferry_value_json(it.at_);
    }

    /// Over the elements of an array or the values of an object; nothing for anything else. Iterators outlive
    /// the value.
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }
    /// Over the members of an object: `for (const auto &[name, item] : answer.members())`.
    member_range members() const;

private:
    value inside(const ferry_value *at) const {
        value found;
        if (at != nullptr) {
            found.document_ = document_;
            found.at_ = at;
        }
        return found;
    }

    detail::shared<ferry_value, ferry_value_free> document_;
    const ferry_value *at_ = nullptr;
};

/// The members of an object, each a pair of its name and its value.
class value::member_range {
public:
    using iterator = detail::index_iterator<member_range, std::pair<std::string, value>>;

    member_range() = default;
    explicit member_range(value of) : of_(std::move(of)) {}

    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }
    std::size_t size() const noexcept { return of_.type() == kind::object ? of_.size() : 0; }
    bool empty() const noexcept { return size() == 0; }
    std::pair<std::string, value> operator[](std::size_t index) const {
        const char *const name = ferry_value_key(of_.get(), index);
        return {name == nullptr ? "" : name, of_[index]};
    }

private:
    value of_;
};

inline value::member_range value::members() const {
    return member_range(*this);
}

namespace detail {

using owned_value = owned<ferry_value, ferry_value_free>;

template <class Function, class... Arguments>
value make_value(Function function, const Arguments &...arguments) {
    return value(make<owned_value>(function, arguments...).release());
}

} // namespace detail
} // namespace ferry
