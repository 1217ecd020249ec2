/// How the binding calls the C interface. Not for programs.
#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ferry.h>

#include "error.hpp"
#include "path.hpp"

namespace ferry::detail {

template <auto Free> struct freed_by {
    template <class T> void operator()(T *object) const noexcept { Free(object); }
};
template <class T, auto Free> using owned = std::unique_ptr<T, freed_by<Free>>;
using owned_string = owned<char, ferry_string_free>;

/// An object of the C interface that copies share.
template <class T, auto Free> class shared {
public:
    shared() = default;
    explicit shared(owned<T, Free> object)
        : held_(object ? std::make_shared<owned<T, Free>>(std::move(object)) : nullptr) {}
    explicit shared(T *object) : shared(owned<T, Free>(object)) {}

    T *get() const noexcept { return held_ ? held_->get() : nullptr; }

    T *release() {
        if (held_ && held_.use_count() != 1) {
            throw error(errc::invalid_state, "an object that copies share cannot be released");
        }
        return held_ ? std::exchange(held_, nullptr)->release() : nullptr;
    }

private:
    std::shared_ptr<owned<T, Free>> held_;
};

/// Refuse text that C would cut off.
inline void check_text(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        const std::string start(text.data());
        throw error(errc::invalid_argument, "the text \"" + start + "\" goes on after a NUL character");
    }
}

/// A text of an option struct, which must outlive it; NULL if it is empty.
inline const char *option(const std::string &text) {
    check_text(text);
    return text.empty() ? nullptr : text.c_str();
}

/// A text argument.
class c_text {
public:
    c_text(std::string_view text) : text_(text) { check_text(text_); }
    operator const char *() const noexcept { return text_.c_str(); }

private:
    std::string text_;
};

/// A text argument that is NULL if it is empty.
class c_optional {
public:
    c_optional(std::string_view text) : text_(text) { check_text(text_); }
    operator const char *() const noexcept { return text_.empty() ? nullptr : text_.c_str(); }

private:
    std::string text_;
};

/// A path argument, which is the path of the error too.
class c_path {
public:
    c_path(const std::filesystem::path &path) : path_(path), text_(utf8(path)) { check_text(text_); }
    operator const char *() const noexcept { return text_.c_str(); }
    const std::filesystem::path &path() const noexcept { return path_; }

private:
    const std::filesystem::path &path_;
    std::string text_;
};

/// A list of texts: pass it and its `size()`.
class c_texts {
public:
    c_texts(const std::vector<std::string> &texts) {
        pointers_.reserve(texts.size());
        for (const std::string &text : texts) {
            check_text(text);
            pointers_.push_back(text.c_str());
        }
    }
    operator const char *const *() const noexcept { return pointers_.data(); }
    std::size_t size() const noexcept { return pointers_.size(); }

private:
    std::vector<const char *> pointers_;
};

/// What an event callback has thrown on this thread, in the call that runs.
inline thread_local std::exception_ptr event_thrown;

/// An argument with a callback. What it throws must not cross C, so it is kept until the call has ended.
class callback {
public:
    callback() = default;
    callback(const callback &) = delete;
    callback &operator=(const callback &) = delete;
    virtual ~callback() = default;

    void rethrow() const {
        if (thrown_) {
            std::rethrow_exception(std::exchange(thrown_, nullptr));
        }
    }

protected:
    /// The result of `body`; `failed` if it throws, and from then on without calling it again.
    template <class T, class Body> T guarded(T failed, Body body) noexcept {
        if (thrown_ || event_thrown) {
            return failed;
        }
        try {
            return body();
        } catch (...) {
            thrown_ = std::current_exception();
            return failed;
        }
    }

private:
    mutable std::exception_ptr thrown_;
};

template <class Argument> void rethrow(const Argument &argument) {
    if constexpr (std::is_base_of_v<callback, Argument>) {
        argument.rethrow();
    }
}

template <class... Arguments> std::filesystem::path path_among(const Arguments &...arguments) {
    std::filesystem::path found;
    [[maybe_unused]] const auto look = [&](const auto &argument) {
        if constexpr (std::is_same_v<decltype(argument), const c_path &>) {
            found = argument.path();
        }
    };
    (look(arguments), ...);
    return found;
}

/// Throw what one of the callbacks of the call that has ended has thrown.
template <class... Arguments> void rethrow_all(const Arguments &...arguments) {
    const std::exception_ptr of_event = std::exchange(event_thrown, nullptr);
    (rethrow(arguments), ...);
    if (of_event) {
        std::rethrow_exception(of_event);
    }
}

/// End a call: throw what one of its callbacks has thrown, else the error of the call.
template <class... Arguments>
void finish(ferry_status status, ferry_error *cause, const Arguments &...arguments) {
    owned<ferry_error, ferry_error_free> held(cause);
    rethrow_all(arguments...);
    if (status != FERRY_OK) {
        std::filesystem::path path = path_among(arguments...);
        throw error(status, held.release(), std::move(path));
    }
}

template <class Function, class... Arguments> void call(Function function, const Arguments &...arguments) {
    ferry_error *cause = nullptr;
    const ferry_status status = function(arguments..., &cause);
    finish(status, cause, arguments...);
}

/// Call a function whose last output is an object to be freed.
template <class Owned, class Function, class... Arguments>
Owned make(Function function, const Arguments &...arguments) {
    typename Owned::pointer out = nullptr;
    ferry_error *cause = nullptr;
    const ferry_status status = function(arguments..., &out, &cause);
    Owned made(out);
    finish(status, cause, arguments...);
    return made;
}

/// The same, as an object of this binding.
template <class Object, class Function, class... Arguments>
Object make_object(Function function, const Arguments &...arguments) {
    return Object(make<typename Object::owned>(function, arguments...).release());
}

template <class Function, class... Arguments>
std::string make_string(Function function, const Arguments &...arguments) {
    return make<owned_string>(function, arguments...).get();
}

} // namespace ferry::detail
