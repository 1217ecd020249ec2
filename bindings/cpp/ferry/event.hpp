#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "call.hpp"

namespace ferry {

/// What an event tells of. More may come: ignore what you do not know.
enum class event_kind : std::int32_t {
    /// A request was sent and its answer read to the end, or that failed. A redirect that is followed makes
    /// two attempts: one of each address, with the same number.
    attempt = FERRY_EVENT_ATTEMPT,
    /// A connection was opened, or could not be. Comes before the attempt that it was opened for.
    connection = FERRY_EVENT_CONNECTION,
    /// A request or a part has failed and is sent again after a pause, which begins now.
    retry = FERRY_EVENT_RETRY,
    /// The service has forgotten an upload, which begins anew.
    restart = FERRY_EVENT_RESTART,
    /// The number of parts or files that are sent at once has changed.
    concurrency = FERRY_EVENT_CONCURRENCY,
};

/// Return the word for a kind of event, e.g. "attempt".
inline std::string_view to_string(event_kind kind) noexcept {
    return ferry_event_kind_name(static_cast<std::int32_t>(kind));
}

/// Something that has happened in a call. Its texts are lent until the callback returns. What does not apply
/// to the kind is 0 or "". Nothing in it is secret.
struct event {
    event_kind kind;
    /// What failed, if anything did. Of an attempt: `errc::http` for an answer that is neither a success nor
    /// a redirect that is followed. Of a retry and a restart: why.
    std::optional<errc> failure;
    /// 0 if there was no answer.
    int http_status;
    /// Which attempt it was, or has failed: 1, 2, …
    std::uint32_t attempt;
    /// The part that it was for, from 1; 0 if for none.
    std::uint32_t part;
    /// Of a change: how many parts or files are sent at once from now on.
    std::uint32_t concurrency;
    /// Of a retry: the pause.
    std::chrono::milliseconds wait;
    /// Of an attempt: whether it went over a connection that was open.
    bool reused;
    /// The step, as `error::step` names it.
    std::string_view step;
    /// "GET", "POST", …
    std::string_view method;
    /// The address as errors show it, without query, user and password; of a connection "https://host:port".
    std::string_view url;
    /// Where the bytes went, as "192.0.2.1:443" or "[2001:db8::1]:443": a proxy, if there is one.
    std::string_view remote;
    /// What the service calls the request.
    std::string_view request_id;
    /// What failed, in one line.
    std::string_view message;
    /// When it happened or ended. The callback comes up to a tenth of a second later.
    std::chrono::system_clock::time_point time;
    /// The look-up of the host's name; this and the next two are 0 for a reused connection.
    std::chrono::microseconds name;
    /// The TCP connection.
    std::chrono::microseconds connect;
    /// The TLS handshakes.
    std::chrono::microseconds tls;
    /// From the beginning to the first byte of the answer; 0 if none came.
    std::chrono::microseconds first_byte;
    /// All of it: of an attempt until the last byte of the answer was read.
    std::chrono::microseconds whole;
    /// Bytes of the request's head and body that have left, before TLS.
    std::uint64_t bytes_sent;
    /// Bytes of the answer's head and body that have come, after TLS.
    std::uint64_t bytes_received;
};

/// Receives events on the thread that made the call: in the order in which they happened, each once, while
/// the call runs and before it returns or throws. One that is slow slows the call down. If it throws, it is
/// told nothing more of that call, which is interrupted if it has a progress callback, and ends with that
/// exception.
using event_fn = std::function<void(const event &)>;

namespace detail {

/// An event callback as C holds it. It is freed with the last user of the client.
class listener {
public:
    explicit listener(event_fn on_event) : on_event_(std::move(on_event)) {}

    static void tell(const ferry_event *now, void *data) noexcept {
        if (event_thrown) {
            return;
        }
        try {
            static_cast<const listener *>(data)->on_event_(of(*now));
        } catch (...) {
            event_thrown = std::current_exception();
        }
    }

    static void free(void *data) noexcept { delete static_cast<listener *>(data); }

private:
    static event of(const ferry_event &now) {
        using std::chrono::microseconds;
        const auto micros = [](std::uint64_t count) {
            return microseconds(static_cast<microseconds::rep>(count));
        };
        std::optional<errc> failure;
        if (now.status != FERRY_OK) {
            failure = static_cast<errc>(now.status);
        }
        return {static_cast<event_kind>(now.kind),
                failure,
                now.http_status,
                now.attempt,
                now.part,
                now.concurrency,
                std::chrono::milliseconds(now.wait_ms),
                now.reused != 0,
                now.step,
                now.method,
                now.url,
                now.remote,
                now.request_id,
                now.message,
                std::chrono::system_clock::time_point(
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(micros(now.time_us))),
                micros(now.name_us),
                micros(now.connect_us),
                micros(now.tls_us),
                micros(now.first_byte_us),
                micros(now.whole_us),
                now.bytes_sent,
                now.bytes_received};
    }

    event_fn on_event_;
};

} // namespace detail
} // namespace ferry
