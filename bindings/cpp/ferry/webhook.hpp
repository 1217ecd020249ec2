#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "call.hpp"

namespace ferry::webhook {

/// Verify a message that is signed with one of the secrets; there are several while they change. `body` is
/// the raw body of the request before any parsing; `timestamp` and `signature` are its headers FS-Timestamp
/// and FS-Signature. Throws `errc::signature_mismatch`, or `errc::signature_expired` if the message is older
/// than `tolerance`, or as much from the future. A tolerance of 0 accepts any age.
inline void verify(const std::vector<std::string> &secrets, bytes_view body, std::string_view timestamp,
                   std::string_view signature, std::chrono::seconds tolerance = std::chrono::minutes(5)) {
    if (tolerance.count() < 0 || tolerance.count() > std::numeric_limits<std::uint32_t>::max()) {
        throw error(errc::invalid_argument, "the tolerance is less than 0, or more than 136 years");
    }
    const detail::c_texts list(secrets);
    detail::call(ferry_webhook_verify_any, list, list.size(), detail::address(body), body.size(),
                 detail::c_text(timestamp), detail::c_text(signature),
                 static_cast<std::uint32_t>(tolerance.count()));
}

inline void verify(std::string_view secret, bytes_view body, std::string_view timestamp,
                   std::string_view signature, std::chrono::seconds tolerance = std::chrono::minutes(5)) {
    verify(std::vector<std::string>{std::string(secret)}, body, timestamp, signature, tolerance);
}

inline void verify(std::initializer_list<std::string_view> secrets, bytes_view body,
                   std::string_view timestamp, std::string_view signature,
                   std::chrono::seconds tolerance = std::chrono::minutes(5)) {
    verify(std::vector<std::string>(secrets.begin(), secrets.end()), body, timestamp, signature, tolerance);
}

/// Sign a message as the service does, to test a receiver.
inline std::string sign(std::string_view secret, bytes_view body, std::string_view timestamp) {
    return detail::make_string(ferry_webhook_sign, detail::c_text(secret), detail::address(body), body.size(),
                               detail::c_text(timestamp));
}

} // namespace ferry::webhook
