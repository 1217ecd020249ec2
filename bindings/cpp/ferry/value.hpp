#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "call.hpp"

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

    /// Null.
    value() = default;

    /// Take over a document of the C interface.
    explicit value(ferry_value *answer) : at_(answer, ferry_value_free) {}

    kind type() const noexcept { return static_cast<kind>(ferry_value_type(at_.get())); }
    bool is_null() const noexcept { return type() == kind::null; }
    /// Whether there is a value, even false or 0.
    explicit operator bool() const noexcept { return !is_null(); }

    /// The member of an object with that name.
    value operator[](std::string_view name) const {
        return inside(ferry_value_get(at_.get(), detail::c_text(name)));
    }
    value operator[](const char *name) const { return inside(ferry_value_get(at_.get(), name)); }
    /// An element of an array or a member of an object by its index, in the service's order.
    template <class Index, std::enable_if_t<std::is_integral_v<Index>, int> = 0>
    value operator[](Index index) const {
        return inside(ferry_value_at(at_.get(), static_cast<std::size_t>(index)));
    }
    /// The number of elements of an array or members of an object, or the length of a string in bytes; else
    /// 0.
    std::size_t size() const noexcept { return ferry_value_len(at_.get()); }

    /// The text of a string, without NUL characters; "" for anything else.
    std::string to_string() const {
        const char *text = ferry_value_string(at_.get());
        return text == nullptr ? std::string() : std::string(text);
    }
    /// A number without its fraction; one out of range becomes the end of the range. 0 for anything else.
    std::int64_t to_int() const noexcept { return ferry_value_int(at_.get()); }
    /// A number; 0 for anything else.
    double to_double() const noexcept { return ferry_value_double(at_.get()); }
    /// Whether the value is JSON's true.
    bool to_bool() const noexcept { return ferry_value_bool(at_.get()); }
    /// The value as JSON text.
    std::string json() const { return ferry_value_json(at_.get()); }

    friend bool operator==(const value &it, std::string_view text) {
        return it.type() == kind::string && it.to_string() == text;
    }
    friend bool operator!=(const value &it, std::string_view text) { return !(it == text); }

    /// Write it as JSON text.
    friend std::ostream &operator<<(std::ostream &out, const value &it) {
        return out << ferry_value_json(it.at_.get());
    }

    class iterator;
    class member_iterator;
    class member_range;

    /// Over the elements of an array or the values of an object; nothing for anything else.
    iterator begin() const;
    iterator end() const;
    /// Over the members of an object: `for (const auto &[name, item] : answer.members())`.
    member_range members() const;

private:
    value inside(const ferry_value *at) const {
        value found;
        if (at != nullptr) {
            found.at_ = std::shared_ptr<const ferry_value>(at_, at);
        }
        return found;
    }
    std::size_t count() const noexcept { return type() == kind::string ? 0 : size(); }
    std::string name(std::size_t index) const { return ferry_value_key(at_.get(), index); }

    std::shared_ptr<const ferry_value> at_;
};

class value::iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = ferry::value;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = ferry::value;

    iterator() = default;
    iterator(ferry::value of, std::size_t index) : of_(std::move(of)), index_(index) {}
    ferry::value operator*() const { return of_[index_]; }
    iterator &operator++() {
        ++index_;
        return *this;
    }
    void operator++(int) { ++index_; }
    friend bool operator==(const iterator &a, const iterator &b) { return a.index_ == b.index_; }
    friend bool operator!=(const iterator &a, const iterator &b) { return a.index_ != b.index_; }

private:
    friend class member_iterator;
    ferry::value of_;
    std::size_t index_ = 0;
};

class value::member_iterator : public value::iterator {
public:
    using value_type = std::pair<std::string, ferry::value>;
    using reference = value_type;

    using iterator::iterator;
    value_type operator*() const { return {of_.name(index_), of_[index_]}; }
};

class value::member_range {
public:
    explicit member_range(value of) : of_(std::move(of)) {}
    member_iterator begin() const { return {of_, 0}; }
    member_iterator end() const { return {of_, of_.type() == kind::object ? of_.size() : 0}; }

private:
    value of_;
};

inline value::iterator value::begin() const {
    return {*this, 0};
}
inline value::iterator value::end() const {
    return {*this, count()};
}
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
