#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace ferry {

/// Whether somebody asks a call to stop: a `std::stop_token` of C++20, or any object whose `stop_requested()`
/// says so. It is copied. By default nobody does.
///
/// A call that is asked to stop is interrupted: it throws `errc::cancelled` within a second.
class stop_signal {
    template <class Token> using answer = decltype(std::declval<const Token &>().stop_requested());

public:
    stop_signal() = default;
    template <class Token, class = answer<Token>,
              std::enable_if_t<!std::is_same_v<Token, stop_signal>, int> = 0>
    stop_signal(Token token)
        : asked_([token = std::move(token)] { return static_cast<bool>(token.stop_requested()); }) {}

    /// Whether there is something to ask.
    explicit operator bool() const noexcept { return static_cast<bool>(asked_); }

    bool stop_requested() const { return asked_ && asked_(); }

private:
    std::function<bool()> asked_;
};

} // namespace ferry
