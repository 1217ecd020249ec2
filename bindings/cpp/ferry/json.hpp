#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "error.hpp"

namespace ferry {

class object;

namespace detail {

using std::begin;
using std::end;
template <class List> using element_of = decltype(*begin(std::declval<List &>()));

} // namespace detail

/// A JSON value for the library: `true`, `5`, `0.5`, `"text"`, a range of such values, `{"a", "list"}`, an
/// `object`. By default there is none.
class json {
    template <class List, class = void> struct is_list : std::false_type {};
    template <class List>
    struct is_list<List, std::void_t<detail::element_of<List>>>
        : std::bool_constant<!std::is_convertible_v<List &, std::string_view> &&
                             !std::is_same_v<std::decay_t<detail::element_of<List>>, List>> {};

public:
    json() = default;
    json(std::nullptr_t) : text_("null") {}
    json(const char *text) { quote(text); }
    json(std::string_view text) { quote(text); }
    json(const std::string &text) { quote(text); }
    json(const object &members);
    /// Braces around one value are the value, `json{5}` is 5; `json::list` makes a list of any length.
    json(std::initializer_list<json> items)
        : text_(items.size() == 1 ? items.begin()->text_ : listed(items)) {}
    template <class List, std::enable_if_t<is_list<List>::value, int> = 0>
    json(const List &items) : text_(listed(items)) {}
    static json list(std::initializer_list<json> items) {
        json made;
        made.text_ = listed(items);
        return made;
    }

    /// Numbers have as many digits as their type needs, a double at least 15; infinities and NaN are
    /// `errc::invalid_argument`.
    template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0> json(Number number) {
        if constexpr (std::is_same_v<Number, bool>) {
            text_ = number ? "true" : "false";
        } else if constexpr (std::is_integral_v<Number>) {
            text_ = std::to_string(number);
        } else {
            real(static_cast<double>(number), std::is_same_v<Number, float>);
        }
    }

    bool empty() const noexcept { return text_.empty(); }

    /// The JSON text; "" if there is no value.
    const std::string &text() const noexcept { return text_; }

private:
    friend class object;

    void real(double number, bool is_float) {
        if (!std::isfinite(number)) {
            throw error(errc::invalid_argument, "a number of JSON cannot be infinite or NaN");
        }
        char digits[32];
        const auto is_exact = [&] {
            return is_float ? std::strtof(digits, nullptr) == static_cast<float>(number)
                            : std::strtod(digits, nullptr) == number;
        };
        int length = 0, precision = is_float ? 6 : 15;
        do {
            length = std::snprintf(digits, sizeof digits, "%.*g", precision, number);
        } while (!is_exact() && precision++ < (is_float ? 9 : 17));
        text_.assign(digits, static_cast<std::size_t>(length));
        // The program's locale may have another decimal point.
        if (const std::size_t at = text_.find_first_not_of("0123456789+-.e"); at != std::string::npos) {
            text_.replace(at, text_.find_first_of("0123456789", at) - at, ".");
        }
    }

    void quote(std::string_view text) {
        text_.reserve(text.size() + 2);
        text_ += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                char code[8];
                std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
                text_ += code;
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    template <class Items> static std::string listed(const Items &items) {
        std::string text = "[";
        for (const auto &item : items) {
            if (text.size() > 1) {
                text += ',';
            }
            text += json(item).text_;
        }
        return text += ']';
    }

    std::string text_;
};

/// A JSON object for the library: `{{"page", 2}, {"status", "success"}}`, or its text. Empty by default. A
/// member in braces is a list, also of one: `{{"call", {"read"}}}`.
class object {
public:
    struct member {
        member(std::string_view of, json it) : name(of), value(std::move(it)) {}
        member(std::string_view of, std::initializer_list<json> list)
            : name(of), value(list.size() == 0 ? json() : json::list(list)) {}

        std::string_view name;
        json value;
    };

    object() = default;
    object(std::initializer_list<member> members) {
        for (const member &it : members) {
            set(it.name, it.value);
        }
    }

    /// JSON text, not checked here.
    object(const char *text) : text_(text) {}
    object(std::string text) : text_(std::move(text)) {}

    /// Set a member, in place of one with that name, unless there is no value.
    object &set(std::string_view name, const json &value) {
        if (value.empty()) {
            return *this;
        }
        if (text_.empty()) {
            text_ = "{}";
        }
        const std::size_t end = text_.find_last_of('}');
        const std::string key = json(name).text_;
        std::size_t at = text_.find('{');
        if (end == std::string::npos || at == std::string::npos) {
            throw error(errc::invalid_argument,
                        "a member cannot be added to what is no JSON object: " + text_);
        }
        bool is_first = true;
        while (++at < end) {
            const std::size_t name_at = text_.find('"', at);
            if (name_at == std::string::npos) {
                break;
            }
            is_first = false;
            const std::size_t colon = text_.find(':', past_string(name_at));
            at = past_value(std::min(colon, end), end);
            if (text_.compare(name_at, past_string(name_at) - name_at, key) == 0) {
                text_.replace(colon + 1, at - colon - 1, value.text_);
                return *this;
            }
        }
        text_.replace(end, std::string::npos, (is_first ? "" : ",") + key + ":" + value.text_ + "}");
        return *this;
    }
    object &set(std::string_view name, std::initializer_list<json> list) {
        return set(name, member(name, list).value);
    }

    bool empty() const noexcept { return text_.empty(); }

    /// The JSON text; "" if nothing was set.
    const std::string &text() const noexcept { return text_; }

private:
    /// The place after the string that begins at `at`.
    std::size_t past_string(std::size_t at) const noexcept {
        while (++at < text_.size() && text_[at] != '"') {
            at += text_[at] == '\\';
        }
        return std::min(at + 1, text_.size());
    }

    /// The place of the comma after the value that begins after `at`, or `end`.
    std::size_t past_value(std::size_t at, std::size_t end) const noexcept {
        for (int depth = 0; ++at < end;) {
            const char c = text_[at];
            if (c == '"') {
                at = past_string(at) - 1;
            } else if (c == ',' && depth == 0) {
                return at;
            } else {
                depth += (c == '[' || c == '{') - (c == ']' || c == '}');
            }
        }
        return end;
    }

    std::string text_;
};

inline json::json(const object &members) : text_(members.empty() ? "{}" : members.text()) {}

} // namespace ferry
