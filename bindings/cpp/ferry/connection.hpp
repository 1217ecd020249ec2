#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "call.hpp"
#include "event.hpp"

namespace ferry {

/// A value of `connection_options::proxy`: the proxy that the environment variables name, as curl reads them.
inline constexpr const char *proxy_from_environment = FERRY_PROXY_FROM_ENVIRONMENT;

/// Which certificate authorities a client trusts, beside those of `connection_options::ca_file`.
enum class trust : std::int32_t {
    /// The public ones, Mozilla's list. They are built into the library.
    public_authorities = FERRY_TRUST_PUBLIC,
    /// Those that the system trusts, to which companies add their own. Making the client throws `errc::io` if
    /// the system has none.
    system = FERRY_TRUST_SYSTEM,
};

/// How the connections of a client share a line with other traffic.
enum class manners : std::int32_t {
    /// As any other connections do.
    fair = FERRY_MANNERS_FAIR,
    /// What is sent yields to other traffic. Making the client throws `errc::invalid_argument` where the
    /// system does not tell the round trip of a connection.
    background = FERRY_MANNERS_BACKGROUND,
};

/// How a client connects. No timeout ends a transfer that moves, however slow it is; only a deadline does.
struct connection_options {
    /// The longest time to find the host and to connect to it. 0: 10 s.
    std::chrono::milliseconds connect_timeout = {};
    /// The longest time without a byte sent or received. 0: 2 minutes.
    std::chrono::milliseconds stall_timeout = {};
    /// The longest time for a whole call, retries included. 0: no limit.
    std::chrono::milliseconds deadline = {};
    /// How many times a request or a part is sent again after an error that can pass, with random pauses that
    /// grow to 15 s. Not set: 10.
    std::optional<std::uint32_t> max_retries = {};
    /// An HTTP proxy, e.g. "http://user:password@proxy.example.com:3128", or `proxy_from_environment`. Empty:
    /// none, and no environment variable is read.
    std::string proxy = {};
    /// The path of a file with certificates in PEM form, which are trusted beside those of `trust`.
    std::string ca_file = {};
    /// The User-Agent of every request. Empty: "ferry/" and the version.
    std::string user_agent = {};
    ferry::trust trust = ferry::trust::public_authorities;
    ferry::manners manners = ferry::manners::fair;
    /// The most bytes a second of all calls of the client together, there and back. 0: no limit.
    std::uint64_t bytes_per_second = 0;
    /// How the kernel controls congestion, by the name that it has there, such as "bbr" or "cubic". Making
    /// the client throws `errc::invalid_argument`, which lists what is permitted, if this is not. Empty: as
    /// the system does.
    std::string congestion = {};
    /// Receives an event for each attempt of each request, each connection, each retry, each restart of an
    /// upload, and each change of the number of parts sent at once. It lives as long as the client and all
    /// that is made from it. Calls that several threads make at once call it at once. Empty: nothing is
    /// recorded.
    event_fn on_event = {};
};

namespace detail {

inline std::uint32_t milliseconds(std::chrono::milliseconds time) {
    if (time.count() < 0 || time.count() > std::numeric_limits<std::uint32_t>::max()) {
        throw error(errc::invalid_argument,
                    "a time of " + std::to_string(time.count()) + " ms is not from 0 to 49 days");
    }
    return static_cast<std::uint32_t>(time.count());
}

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
        c_.trust = static_cast<std::int32_t>(options.trust);
        c_.manners = static_cast<std::int32_t>(options.manners);
        c_.bytes_per_second = options.bytes_per_second;
        c_.congestion = option(options.congestion);
        if (options.on_event) {
            listener_ = std::make_unique<listener>(options.on_event);
            c_.on_event = listener::tell;
            c_.event_data = listener_.get();
            c_.event_free = listener::free;
        }
    }

    /// Make a client, which frees what belongs to it, also if it cannot be returned.
    template <class Owned, class Function, class... Arguments>
    Owned make_client(Function function, const Arguments &...arguments) {
        const auto taking = [&](const auto &...all) {
            const ferry_status status = function(all...);
            if (status == FERRY_OK) {
                (void)listener_.release();
            }
            return status;
        };
        return make<Owned>(taking, arguments...);
    }

    operator const ferry_connection_options *() const noexcept { return &c_; }

private:
    ferry_connection_options c_;
    std::unique_ptr<listener> listener_;
};

} // namespace detail
} // namespace ferry
