#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "call.hpp"
#include "security.hpp"

namespace ferry {

/// How a client connects. No timeout ends a transfer that moves: `stall_timeout` counts only while no byte goes either way.
struct connection_options {
    /// To find the host and reach it; 0: 10 s.
    std::chrono::milliseconds connect_timeout = {};
    /// Without a byte sent or received; 0: 120 s.
    std::chrono::milliseconds stall_timeout = {};
    /// For a whole call, all retries included; 0: none.
    std::chrono::milliseconds deadline = {};
    /// Further attempts of one request or part; 10 if not given. Pauses between them grow to 15 s.
    std::optional<std::uint32_t> max_retries = {};
    /// An HTTP proxy, e.g. "http://user:password@proxy.example.com:3128". No environment variable is read.
    std::string proxy = {};
    /// A PEM file of certificates to trust beside the public ones.
    std::string ca_file = {};
    /// Instead of "ferry/VERSION".
    std::string user_agent = {};
};

/// How far a call has come.
struct progress {
    /// Never goes down during a call; `bytes_total` only in the last report, when all is done and confirmed.
    std::uint64_t bytes_done;
    /// 0 while it is not known.
    std::uint64_t bytes_total;
    /// Parts confirmed by the storage, of how many.
    std::uint32_t parts_done;
    std::uint32_t parts_total;
    /// Requests that had to be tried again.
    std::uint32_t retries;
    /// Over the last five seconds.
    std::uint64_t bytes_per_second;
    /// At that rate, if it is known.
    std::optional<double> seconds_left;
};

/// Told about progress on the thread that made the call: at once, then two to ten times a second, and at 100 %. Any function of a
/// `const progress &` that returns nothing, or whether to go on: false cancels the call. What it throws cancels the call and comes out of it.
class progress_fn {
public:
    progress_fn() = default;

    template <class Function, class Result = std::invoke_result_t<Function &, const progress &>,
              std::enable_if_t<std::is_void_v<Result> || std::is_same_v<Result, bool>, int> = 0>
    progress_fn(Function function) {
        if constexpr (std::is_void_v<Result>) {
            goes_on_ = [function = std::move(function)](const progress &now) mutable {
                function(now);
                return true;
            };
        } else {
            goes_on_ = std::move(function);
        }
    }

    explicit operator bool() const noexcept { return static_cast<bool>(goes_on_); }

    /// Whether to go on.
    bool operator()(const progress &now) const { return goes_on_(now); }

private:
    std::function<bool(const progress &)> goes_on_;
};

/// Of one request.
struct request_options {
    /// Instead of the one the object was made with.
    ferry::security security = {};
    /// For the whole call, all retries included; 0: the client's.
    std::chrono::milliseconds deadline = {};
    progress_fn on_progress = {};
};

namespace detail {

inline std::uint32_t milliseconds(std::chrono::milliseconds time) {
    if (time.count() < 0 || time.count() > std::numeric_limits<std::uint32_t>::max()) {
        throw error(errc::invalid_argument, "a time of " + std::to_string(time.count()) + " ms is not from 0 to 49 days");
    }
    return static_cast<std::uint32_t>(time.count());
}

/// Options of C with a progress callback.
template <class Options> class c_options : public callback {
public:
    c_options(void (*init)(Options *, std::size_t), const progress_fn &on_progress) : on_progress_(on_progress) {
        init(&c, sizeof c);
        if (on_progress_) {
            c.on_progress = report;
            c.user_data = this;
        }
    }

    operator const Options *() const noexcept { return &c; }

    Options c;

private:
    static std::int32_t report(const ferry_progress *now, void *user_data) {
        auto &self = *static_cast<c_options *>(user_data);
        return self.caught(1, [&] {
            progress at{now->bytes_done, now->bytes_total, now->parts_done, now->parts_total, now->retries, now->bytes_per_second, {}};
            if (now->seconds_left >= 0) {
                at.seconds_left = now->seconds_left;
            }
            return self.on_progress_(at) ? 0 : 1;
        });
    }

    progress_fn on_progress_;
};

class c_request : public c_options<ferry_request_options> {
public:
    c_request(const request_options &options) : c_options(ferry_request_options_init, options.on_progress) {
        c.security = options.security.get();
        c.deadline_ms = milliseconds(options.deadline);
    }
};

class c_connection {
public:
    c_connection(const connection_options &options) {
        ferry_connection_options_init(&c_, sizeof c_);
        c_.connect_timeout_ms = milliseconds(options.connect_timeout);
        c_.stall_timeout_ms = milliseconds(options.stall_timeout);
        c_.deadline_ms = milliseconds(options.deadline);
        c_.max_retries = options.max_retries == 0u ? FERRY_NO_RETRIES : options.max_retries.value_or(0);
        c_.proxy = option(options.proxy);
        c_.ca_file = option(options.ca_file);
        c_.user_agent = option(options.user_agent);
    }
    operator const ferry_connection_options *() const noexcept { return &c_; }

private:
    ferry_connection_options c_;
};

} // namespace detail
} // namespace ferry
