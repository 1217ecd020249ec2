#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call.hpp"
#include "json.hpp"

namespace ferry {

/// What a policy allows.
struct policy {
    /// When it ends, in Unix seconds; see `expiry_in`. Required.
    std::uint64_t expiry = 0;
    /// The calls it allows: "pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove",
    /// "exif", "runWorkflow". Empty: all.
    std::vector<std::string> call = {};
    /// The one file it is for.
    std::string handle = {};
    /// A regular expression that the URL of a remote source must match.
    std::string url = {};
    /// In bytes, for what is stored.
    std::optional<std::uint64_t> max_size = {};
    std::optional<std::uint64_t> min_size = {};
    /// Regular expressions that the path and the container of what is stored must match.
    std::string path = {};
    std::string container = {};
};

/// Return the time so long from now in Unix seconds.
inline std::uint64_t expiry_in(std::chrono::seconds time) {
    return ferry_security_expiry_in(time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count()));
}

/// A policy and its signature; empty by default. A copy is cheap: it shares them. Any number of threads may
/// use it at the same time.
class security {
public:
    security() = default;

    /// Take over a security of the C interface.
    explicit security(ferry_security *handle) : held_(handle) {}

    /// Sign a policy. The secret is not kept.
    security(const policy &allowed, std::string_view app_secret)
        : security(made(ferry_security_new, detail::c_text(text(allowed)), detail::c_text(app_secret))) {}

    /// Sign a policy given as JSON, e.g. `{{"expiry", 4102444800}}`. An unknown key throws
    /// `errc::invalid_argument`.
    static security from_json(const object &policy, std::string_view app_secret) {
        return made(ferry_security_new, detail::c_text(policy.text()), detail::c_text(app_secret));
    }

    /// Sign a policy with any keys and values, for what this version does not know.
    static security unchecked(const object &policy, std::string_view app_secret) {
        return made(ferry_security_new_unchecked, detail::c_text(policy.text()), detail::c_text(app_secret));
    }

    /// Take a policy (base64) and its signature (hexadecimal) from somebody who has the secret.
    static security from_signed(std::string_view policy_base64, std::string_view signature) {
        return made(ferry_security_from_signed, detail::c_text(policy_base64), detail::c_text(signature));
    }

    /// Check whether the policy allows a call, without asking the service. If it does not, this throws
    /// `errc::invalid_argument` with the reason. `details` is what the policy may restrict: "handle", "size",
    /// "path", "container", "url", and "now" (Unix seconds) instead of the clock.
    void check(std::string_view call, const object &details = {}) const {
        detail::call(ferry_security_allows, get(), detail::c_text(call), detail::c_optional(details.text()));
    }

    /// Whether the policy allows a call.
    bool allows(std::string_view call, const object &details = {}) const {
        const detail::c_optional json(details.text());
        return ferry_security_allows(get(), detail::c_text(call), json, nullptr) == FERRY_OK;
    }

    /// The policy as it was signed.
    std::string policy_json() const { return ferry_security_policy_json(get()); }
    /// The policy in URL-safe base64.
    std::string policy_base64() const { return ferry_security_policy_b64(get()); }
    /// 64 hexadecimal digits.
    std::string signature() const { return ferry_security_signature(get()); }
    /// Both as the element of a URL: "security=p:POLICY,s:SIGNATURE".
    std::string url_string() const { return ferry_security_url_string(get()); }

    explicit operator bool() const noexcept { return get() != nullptr; }

    /// For a call of the C interface; NULL if it is empty.
    const ferry_security *get() const noexcept { return held_.get(); }

    /// Give it up; the caller frees it with `ferry_security_free`. Throws `errc::invalid_state` if a copy
    /// lives.
    ferry_security *release() { return held_.release(); }

private:
    using owned = detail::owned<ferry_security, ferry_security_free>;

    template <class... Arguments> static security made(const Arguments &...arguments) {
        return security(detail::make<owned>(arguments...).release());
    }

    static std::string text(const policy &allowed) {
        const auto given = [](const auto &it) { return it.empty() ? json() : json(it); };
        object members{{"expiry", allowed.expiry}};
        members.set("call", given(allowed.call)).set("handle", given(allowed.handle));
        members.set("url", given(allowed.url));
        members.set("maxSize", allowed.max_size ? json(*allowed.max_size) : json());
        members.set("minSize", allowed.min_size ? json(*allowed.min_size) : json());
        members.set("path", given(allowed.path)).set("container", given(allowed.container));
        return members.text();
    }

    detail::shared<ferry_security, ferry_security_free> held_;
};

} // namespace ferry
