#pragma once

#include <chrono>

#include "call.hpp"
#include "connection.hpp"
#include "progress.hpp"
#include "security.hpp"

namespace ferry {

/// Options of one call.
struct request_options {
    /// Policy and signature. Empty: those of the object.
    ferry::security security = {};
    progress_fn on_progress = {};
    /// Asked meanwhile, as often as progress is told; see `stop_signal`.
    stop_signal stop = {};
    /// Time limit of the whole call, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
};

namespace detail {

class c_request : public c_options<ferry_request_options> {
public:
    c_request(const request_options &options)
        : c_options(ferry_request_options_init, options.on_progress, options.stop) {
        c.security = options.security.get();
        c.deadline_ms = milliseconds(options.deadline);
    }
};

} // namespace detail
} // namespace ferry
