#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <ferry.h>

namespace ferry {

/// Why a call failed. Treat a value that is not listed as a failure too: a later library may add some.
enum class errc : ferry_status {
    /// An argument cannot be used; the message names it. Nothing was sent.
    invalid_argument = FERRY_INVALID_ARGUMENT,
    /// The object is in the wrong state for this call, e.g. the upload is running already.
    invalid_state = FERRY_INVALID_STATE,
    /// A local file cannot be read or written.
    io = FERRY_IO,
    /// The connection failed or was cut.
    network = FERRY_NETWORK,
    /// A timeout or the deadline has passed.
    timeout = FERRY_TIMEOUT,
    /// The service answered with an error; see `error::http_status` and `error::body`.
    http = FERRY_HTTP,
    /// The answer of the service was not understood.
    protocol = FERRY_PROTOCOL,
    /// What was stored differs from what was sent.
    integrity = FERRY_INTEGRITY,
    /// The source changed while it was uploaded, or the stored file while it was downloaded.
    file_changed = FERRY_FILE_CHANGED,
    /// The call was interrupted or cancelled. After an interrupt `error::retryable` is true, unless the
    /// request may have made something; after a cancel it is false.
    cancelled = FERRY_CANCELLED,
    /// The upload was paused. `upload::run` returns false instead of throwing it.
    paused = FERRY_PAUSED,
    /// There is no result yet.
    not_ready = FERRY_NOT_READY,
    /// The signature does not belong to the message.
    signature_mismatch = FERRY_SIGNATURE_MISMATCH,
    /// The signature is right but too old.
    signature_expired = FERRY_SIGNATURE_EXPIRED,
    /// Memory or threads have run out.
    out_of_memory = FERRY_OUT_OF_MEMORY,
    /// A bug in the library.
    internal = FERRY_INTERNAL,
};

} // namespace ferry

template <> struct std::is_error_code_enum<ferry::errc> : std::true_type {};

namespace ferry {

/// Return the name of it in the C interface, e.g. "FERRY_NETWORK".
inline std::string_view to_string(errc code) noexcept {
    return ferry_status_name(static_cast<ferry_status>(code));
}

/// The category of the codes of `ferry::error`. A code equals the `std::errc` that says the same:
/// `error.code() == std::errc::timed_out`.
inline const std::error_category &category() noexcept;

/// For `std::error_code code = ferry::errc::network`.
inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

namespace detail {

class category_of_ferry : public std::error_category {
public:
    const char *name() const noexcept override { return "ferry"; }

    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
        case errc::invalid_argument: return "an argument cannot be used";
        case errc::invalid_state: return "the object is in the wrong state for this call";
        case errc::io: return "a local file cannot be read or written";
        case errc::network: return "the connection failed or was cut";
        case errc::timeout: return "a timeout or the deadline has passed";
        case errc::http: return "the service answered with an error";
        case errc::protocol: return "the answer of the service was not understood";
        case errc::integrity: return "what was stored differs from what was sent";
        case errc::file_changed: return "the file changed meanwhile";
        case errc::cancelled: return "the call was interrupted or cancelled";
        case errc::paused: return "the upload was paused";
        case errc::not_ready: return "there is no result yet";
        case errc::signature_mismatch: return "the signature does not belong to the message";
        case errc::signature_expired: return "the signature is too old";
        case errc::out_of_memory: return "memory or threads have run out";
        case errc::internal: return "a bug in the library";
        }
        return ferry_status_name(code);
    }

    std::error_condition default_error_condition(int code) const noexcept override {
        switch (static_cast<errc>(code)) {
        case errc::invalid_argument: return std::errc::invalid_argument;
        case errc::io: return std::errc::io_error;
        case errc::timeout: return std::errc::timed_out;
        case errc::protocol: return std::errc::protocol_error;
        case errc::cancelled: return std::errc::operation_canceled;
        case errc::out_of_memory: return std::errc::not_enough_memory;
        default: return {code, *this};
        }
    }
};

} // namespace detail

inline const std::error_category &category() noexcept {
    static const detail::category_of_ferry the_one;
    return the_one;
}

/// Thrown by a call that fails. `what()` is one line for people: what was being done, to what, what came
/// back, what to do. It contains no secret. `code()` is of the category "ferry", and equals an `errc`. A copy
/// is cheap.
class error : public std::system_error {
public:
    error(errc kind, const std::string &message)
        : std::system_error(make_error_code(kind)),
          held_(std::make_shared<held>(held{{nullptr, ferry_error_free}, message, {}})) {}

    /// Take over an error of the C interface, and free it. `path` is the local file of the call.
    error(ferry_status status, ferry_error *cause, std::filesystem::path path = {})
        : std::system_error(make_error_code(static_cast<errc>(status))),
          held_(std::make_shared<held>(
              held{{cause, ferry_error_free}, ferry_error_message(cause), std::move(path)})) {}

    const char *what() const noexcept override { return held_ ? held_->message.c_str() : ""; }

    /// The code, for a `switch`.
    errc kind() const noexcept { return static_cast<errc>(code().value()); }

    /// The local file that the call was about: that of an upload, the target of a download. Empty if there is
    /// none. Valid while this error or a copy lives, like `body` and `step`.
    const std::filesystem::path &path() const noexcept {
        static const std::filesystem::path none;
        return held_ ? held_->path : none;
    }

    /// What the system said: `error.system() == std::errc::no_such_file_or_directory`. No error if it was not
    /// the system that refused.
    std::error_code system() const noexcept { return {ferry_error_errno(get()), std::system_category()}; }

    /// The HTTP status of the service's answer; 0 if there was none.
    int http_status() const noexcept { return ferry_error_http_status(get()); }

    /// The first 16 KiB of the body of the service's answer; "" if there was none.
    std::string_view body() const noexcept { return ferry_error_body(get()); }

    /// The step that failed, a word such as "put" (`ferry_error_step`); "" if there is none.
    std::string_view step() const noexcept { return ferry_error_step(get()); }

    /// Whether the same call can succeed later without a change: after a network failure, a busy service or
    /// an interrupt. It is false after a cancel, and if the call may have made something that a repetition
    /// would make twice.
    bool retryable() const noexcept { return ferry_error_retryable(get()); }

    /// The error of the C interface; NULL if this library's C++ part has thrown it.
    const ferry_error *get() const noexcept { return held_ ? held_->cause.get() : nullptr; }

    /// Give the error of the C interface up; the caller frees it with `ferry_error_free`. Then `body`, `step`
    /// and their kin are empty. NULL if there is none, or if a copy of this error lives.
    ferry_error *release() noexcept {
        return held_ && held_.use_count() == 1 ? held_->cause.release() : nullptr;
    }

private:
    struct held {
        std::unique_ptr<ferry_error, void (*)(ferry_error *)> cause;
        std::string message;
        std::filesystem::path path;
    };

    std::shared_ptr<held> held_;
};

} // namespace ferry
