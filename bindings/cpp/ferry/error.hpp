#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
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

/// Return the name of it in the C interface, e.g. "FERRY_NETWORK".
inline std::string_view to_string(errc code) noexcept {
    return ferry_status_name(static_cast<ferry_status>(code));
}

/// Thrown by a call that fails. `what()` is one line for people: what was being done, to what, what came
/// back, what to do. It contains no secret. A copy is cheap.
class error : public std::runtime_error {
public:
    error(errc code, const std::string &message) : std::runtime_error(message), code_(code) {}

    /// Take over an error of the C interface.
    error(ferry_status status, std::shared_ptr<const ferry_error> cause)
        : std::runtime_error(ferry_error_message(cause.get())), code_(static_cast<errc>(status)),
          cause_(std::move(cause)) {}

    errc code() const noexcept { return code_; }

    /// The HTTP status of the service's answer; 0 if there was none.
    int http_status() const noexcept { return ferry_error_http_status(cause_.get()); }

    /// The first 16 KiB of the body of the service's answer; "" if there was none. Valid while this error or
    /// a copy lives, like `step`.
    std::string_view body() const noexcept { return ferry_error_body(cause_.get()); }

    /// The step that failed, a word such as "put" (`ferry_error_step`); "" if there is none.
    std::string_view step() const noexcept { return ferry_error_step(cause_.get()); }

    /// Whether the same call can succeed later without a change: after a network failure, a busy service or
    /// an interrupt. It is false after a cancel, and if the call may have made something that a repetition
    /// would make twice.
    bool retryable() const noexcept { return ferry_error_retryable(cause_.get()); }

private:
    errc code_;
    std::shared_ptr<const ferry_error> cause_;
};

} // namespace ferry
