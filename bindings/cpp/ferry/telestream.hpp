#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "factory.hpp"
#include "json.hpp"
#include "response.hpp"
#include "telestream_object.hpp"
#include "upload.hpp"

namespace ferry {

/// Options of a Telestream client.
struct telestream_options {
    /// The factory of calls that name none.
    std::string factory_id = {};
    /// The API host of the account's region, without scheme and port. It is part of every signature. Empty:
    /// the host of `base_url`, or else "api-gce.pandastream.com"; with an API key "api.cloud.telestream.net".
    std::string api_host = {};
    /// The port, 1 to 65535. 0: 443. The protocol is https whatever the port.
    std::uint32_t api_port = 0;
    /// The version of the API. Empty: "3.0"; with an API key "3.1".
    std::string api_version = {};
    /// The origin to send requests to instead of `api_host`, e.g. a gateway or the local cloud; http or
    /// https.
    std::string base_url = {};
    connection_options connection = {};
};

/// A Telestream Cloud account and its connections. Any number of threads may use it at the same time. A copy
/// shares them. What is made from it may outlive it. Every request is signed anew each time it is sent.
/// `telestream_object` tells what all calls have in common.
class telestream {
public:
    /// Create a client for an account of API 3.0, which has two keys. Nothing is sent. The secret key is not
    /// kept as it is.
    telestream(std::string_view access_key, std::string_view secret_key,
               const telestream_options &options = {})
        : telestream(options, ferry_telestream_new, detail::c_text(access_key), detail::c_text(secret_key)) {}

    /// Create a client for an account of API 3.1, whose one key goes with every request; nothing is signed.
    static telestream with_apikey(std::string_view apikey, const telestream_options &options = {}) {
        return telestream(options, ferry_telestream_new_with_apikey, detail::c_text(apikey));
    }

    /// Sign a request that somebody else sends, e.g. a browser that must not know the secret key: a JSON
    /// object of the parameters as they were given, "factory_id" (if there is one), "access_key", "timestamp"
    /// and "signature".
    ///
    /// `path` begins after the version, e.g. "/videos.json". "file" is not signed; true and false are signed
    /// as True and False and must be sent so; an object under "pipeline" becomes a text. `timestamp` is
    /// usually "": now. Throws `errc::invalid_state` for a client with an API key.
    std::string signed_params(std::string_view method, std::string_view path, const object &params = {},
                              std::string_view timestamp = {}) const {
        return detail::make_string(ferry_telestream_signed_params, held_.get(), detail::c_text(method),
                                   detail::c_text(path), detail::json_of(params),
                                   detail::c_optional(timestamp));
    }

    /// Send a request for which there is no method, and return the whole response.
    ///
    /// `method` is GET, POST, PUT or DELETE, with an API key also PATCH. `path` begins after the version,
    /// e.g. "/encodings/count.json". True and false are sent as True and False. A status that is not 2xx
    /// throws `errc::http`. The request is one of the client's factory.
    response request(std::string_view method, std::string_view path, const object &params = {},
                     const telestream_request_options &options = {}) const {
        return detail::make_object<response>(ferry_telestream_request, held_.get(), detail::c_text(method),
                                             detail::c_text(path), detail::json_of(params),
                                             detail::c_telestream_request(options));
    }

    /// The client's factory. Nothing is sent.
    ferry::factory factory() const { return {held_, factory_id_}; }
    /// The factory with this id. Nothing is sent, so nothing is known of it.
    ferry::factory factory(std::string_view id) const { return {held_, std::string(id)}; }
    /// Ask for the factory with this id.
    ferry::factory find_factory(std::string_view id, const telestream_request_options &options = {}) const {
        ferry::factory found = factory(id);
        found.refresh(options);
        return found;
    }

    /// List all factories, or a page of them.
    std::vector<ferry::factory> factories(const object &params = {},
                                          const telestream_request_options &options = {}) const {
        return factory("").objects<ferry::factory>(list(ferry_telestream_list_all, params, options));
    }
    std::vector<ferry::factory> factories_page(const object &params = {},
                                               const telestream_request_options &options = {}) const {
        return factory("").objects<ferry::factory>(list(ferry_telestream_list, params, options));
    }

    /// Create a factory.
    ferry::factory create_factory(const object &members,
                                  const telestream_request_options &options = {}) const {
        return factory("").create<ferry::factory>(FERRY_FACTORIES, members, options);
    }

    /// Prepare the upload of a token (`upload::token`), of the file at `path` or a copy of it: its run sends
    /// what the service lacks, and compares what it has with the file. Nothing is sent.
    ///
    /// The token says what is uploaded, where and how: options may not set `filename` and `protocol`.
    /// `extra_files` says where the other files are now, with the token's tags; empty: where they were.
    /// Throws `errc::invalid_argument` if the token is cut, altered, of another version, service or account,
    /// or of a file of another size.
    upload resume_upload(const std::filesystem::path &path, std::string_view token,
                         const telestream_upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::owned>(ferry_telestream_upload_resume, held_.get(),
                                                 detail::c_path(path), detail::c_text(token), *c);
        return upload(std::move(made), std::move(c), path);
    }

    /// Take over a client of the C interface.
    explicit telestream(ferry_telestream *handle) : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_telestream *get() const noexcept { return held_.get(); }
    /// Give the client up; the caller frees it with `ferry_telestream_free`. Throws `errc::invalid_state` if
    /// a copy, or an object that was made from it, lives.
    ferry_telestream *release() { return held_.release(); }

private:
    using owned = detail::owned<ferry_telestream, ferry_telestream_free>;

    template <class Function, class... Keys>
    telestream(const telestream_options &options, Function function, const Keys &...keys)
        : factory_id_(options.factory_id) {
        detail::c_connection connection(options.connection);
        ferry_telestream_options c;
        ferry_telestream_options_init(&c, sizeof c);
        c.factory_id = detail::option(options.factory_id);
        c.api_host = detail::option(options.api_host);
        c.api_port = options.api_port;
        c.api_version = detail::option(options.api_version);
        c.base_url = detail::option(options.base_url);
        c.connection = connection;
        held_ = detail::shared_telestream(connection.make_client<owned>(function, keys..., &c));
    }

    template <class Function>
    value list(Function function, const object &params, const telestream_request_options &options) const {
        return detail::make_value(function, held_.get(), FERRY_FACTORIES, nullptr, detail::json_of(params),
                                  detail::c_telestream_request(options));
    }

    detail::shared_telestream held_;
    std::string factory_id_;
};

} // namespace ferry
