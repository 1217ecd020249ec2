#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "error.hpp"

namespace ferry {

class object;

/// A JSON value for the library: `true`, `5`, `0.5`, `"text"`, a vector, `{"a", "list"}`, an `object`. By
/// default there is none.
class json {
public:
    json() = default;
    json(std::nullptr_t) : text_("null") {}
    json(const char *text) { quote(text); }
    json(std::string_view text) { quote(text); }
    json(const std::string &text) { quote(text); }
    json(const object &members);
    json(std::initializer_list<json> items) { list(items); }
    template <class T> json(const std::vector<T> &items) { list(items); }
    template <class T, std::size_t N> json(const std::array<T, N> &items) { list(items); }

    /// Numbers keep 15 digits; infinities and NaN are `errc::invalid_argument`.
    template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0> json(Number number) {
        if constexpr (std::is_same_v<Number, bool>) {
            text_ = number ? "true" : "false";
        } else if constexpr (std::is_integral_v<Number>) {
            text_ = std::to_string(number);
        } else {
            real(static_cast<double>(number));
        }
    }

    bool empty() const noexcept { return text_.empty(); }

    /// The JSON text; "" if there is no value.
    const std::string &text() const noexcept { return text_; }

private:
    friend class object;

    void real(double number) {
        if (!std::isfinite(number)) {
            throw error(errc::invalid_argument, "a number of JSON cannot be infinite or NaN");
        }
        char digits[32];
        const int length = std::snprintf(digits, sizeof digits, "%.15g", number);
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

    template <class Items> void list(const Items &items) {
        text_ = "[";
        for (const auto &item : items) {
            if (text_.size() > 1) {
                text_ += ',';
            }
            text_ += json(item).text_;
        }
        text_ += ']';
    }

    std::string text_;
};

/// A JSON object for the library: `{{"page", 2}, {"status", "success"}}`, or its text. Empty by default.
class object {
public:
    struct member {
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

    /// Add a member, unless there is no value.
    object &set(std::string_view name, const json &value) {
        if (value.empty()) {
            return *this;
        }
        if (text_.empty()) {
            text_ = "{}";
        }
        const std::size_t end = text_.find_last_of('}');
        if (end == std::string::npos) {
            throw error(errc::invalid_argument,
                        "a member cannot be added to what is no JSON object: " + text_);
        }
        const bool first = text_.find('"') == std::string::npos;
        text_.replace(end, std::string::npos,
                      (first ? "" : ",") + json(name).text_ + ":" + value.text_ + "}");
        return *this;
    }

    bool empty() const noexcept { return text_.empty(); }

    /// The JSON text; "" if nothing was set.
    const std::string &text() const noexcept { return text_; }

private:
    std::string text_;
};

inline json::json(const object &members) : text_(members.empty() ? "{}" : members.text()) {}

} // namespace ferry
