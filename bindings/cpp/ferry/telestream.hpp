#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "call.hpp"
#include "json.hpp"
#include "request.hpp"
#include "upload.hpp"
#include "value.hpp"

namespace ferry {

/// Of a Telestream client.
struct telestream_options {
    /// Where calls go that name no factory.
    std::string factory_id = {};
    /// The API host of the account's region; "api-gce.pandastream.com" if not given, with an API key "api.cloud.telestream.net". It is part of every
    /// signature.
    std::string api_host = {};
    /// 0: 443. The protocol is https whatever the port.
    std::uint32_t api_port = 0;
    /// "3.0" if not given, with an API key "3.1".
    std::string api_version = {};
    /// An origin to talk to instead, e.g. a gateway or the local cloud; the one way to ask for plain http.
    std::string base_url = {};
    connection_options connection = {};
};

/// What a Telestream account has.
enum class resource : std::int32_t {
    /// Each holds videos, encodings and profiles, and knows where their files are stored.
    factories = FERRY_FACTORIES,
    /// Files that were sent to a factory.
    videos = FERRY_VIDEOS,
    /// A video in the form that a profile asks for.
    encodings = FERRY_ENCODINGS,
    /// How a factory encodes.
    profiles = FERRY_PROFILES,
};

/// How a file goes up to Telestream.
enum class telestream_protocol : std::int32_t {
    /// Parts in any order, several at once; ranges where the service offers no parts.
    parts = FERRY_PROTOCOL_PARTS,
    /// The older protocol: range after range on one connection.
    ranges = FERRY_PROTOCOL_RANGES,
};

/// Of an upload to Telestream.
struct telestream_upload_options {
    /// The last element of the path if not given.
    std::string filename = {};
    /// Parts under way at once, 1 to 32; 0: 8. Never more than the service allows.
    std::uint32_t concurrency = 0;
    telestream_protocol protocol = telestream_protocol::parts;
    /// Files that belong to the video, such as subtitles: a path, or a list of paths, for every tag. They go up after the video, in parts only.
    object extra_files = {};
    /// For the whole call, all retries included; 0: the client's.
    std::chrono::milliseconds deadline = {};
    progress_fn on_progress = {};
};

namespace detail {

class c_telestream_upload : public c_options<ferry_telestream_upload_options> {
public:
    c_telestream_upload(const telestream_upload_options &options) : c_options(ferry_telestream_upload_options_init, options.on_progress) {
        c.filename = option(options.filename);
        c.concurrency = options.concurrency;
        c.protocol = static_cast<std::int32_t>(options.protocol);
        c.extra_files_json = option(options.extra_files.text());
        c.deadline_ms = milliseconds(options.deadline);
    }
};

} // namespace detail

/// A Telestream Cloud account and its connections. Used by any number of threads at once. Every request is signed anew each time it is sent.
/// Where a method takes `factory_id`, "" is the client's factory.
class telestream {
public:
    /// The client of an account of API 3.0 with these keys. Nothing is sent, and the secret key is not kept as it is.
    telestream(std::string_view access_key, std::string_view secret_key, const telestream_options &options = {})
        : telestream(options, ferry_telestream_new, detail::c_text(access_key), detail::c_text(secret_key)) {}

    /// The client of an account of API 3.1, whose one key goes with every request; nothing is signed.
    static telestream with_apikey(std::string_view apikey, const telestream_options &options = {}) {
        return telestream(options, ferry_telestream_new_with_apikey, detail::c_text(apikey));
    }

    /// Signs a request that somebody else sends, e.g. a browser that must not know the secret key: a JSON object of the parameters as they were
    /// given, "factory_id" (if there is one), "access_key", "timestamp" and "signature". `path` begins after the version, e.g. "/videos.json".
    /// "file" is not signed; true and false are signed as True and False and must be sent so; an object under "pipeline" becomes a text.
    /// `timestamp` is usually "": now. `errc::invalid_state` for a client with an API key.
    std::string signed_params(std::string_view method, std::string_view path, const object &params = {}, std::string_view timestamp = {}) const {
        return detail::make_string(ferry_telestream_signed_params, held_.get(), detail::c_text(method), detail::c_text(path), optional(params),
                                   detail::c_optional(timestamp));
    }

    /// Sends any request: GET, POST, PUT or DELETE, and a path that begins after the version, e.g. "/videos.json". True and false are sent as True and
    /// False. Null if the answer has no body.
    value request(std::string_view method, std::string_view path, const object &params = {}) const {
        return detail::make_value(ferry_telestream_request, held_.get(), detail::c_text(method), detail::c_text(path), optional(params));
    }

    /// One page, an array. Parameters: "page" from 1 and "per_page" up to 100, which is the default; there are more pages until one has fewer. Videos and
    /// encodings: "status" (success, fail, processing); encodings: "video_id", "profile_id", "profile_name".
    value list(resource of, const object &params = {}, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_list, held_.get(), number(of), detail::c_optional(factory_id), optional(params));
    }

    /// All pages of a resource as one array; parameters as for `list`, but no "page". The deadline bounds the whole call, and the callback can cancel it.
    value list_all(resource of, const object &params = {}, const request_options &options = {}, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_list_all, held_.get(), number(of), detail::c_optional(factory_id), optional(params),
                                  detail::c_request(options));
    }

    /// One object by its id, a profile also by its name. "screenshots" (encodings) and "expand" (profiles) ask for more.
    value find(resource of, std::string_view id, const object &params = {}, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_find, held_.get(), number(of), detail::c_optional(factory_id), detail::c_text(id), optional(params));
    }

    /// Makes an object. A video needs "source_url", or "file", the path of a local file that goes up in this one request (API 3.0 only), an encoding "video_id" and one of "profile_id" and "profile_name", a profile "preset_name", or
    /// "command" and "extname". It is not repeated once it may have arrived.
    value create(resource of, const object &members, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_create, held_.get(), number(of), detail::c_optional(factory_id), optional(members));
    }

    /// Changes the given members of a factory or a profile, with an API key also of an encoding; nothing else can be changed. Of factories, `id` is the one.
    value update(resource of, std::string_view id, const object &members, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_update, held_.get(), number(of), detail::c_optional(factory_id), detail::c_text(id), optional(members));
    }

    /// Deletes a video with all its files, an encoding or a profile; factories cannot be deleted. Null if the service says no more.
    value remove(resource of, std::string_view id, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_delete, held_.get(), number(of), detail::c_optional(factory_id), detail::c_text(id));
    }

    /// The encodings of one video; parameters as for `list`.
    value video_encodings(std::string_view video_id, const object &params = {}, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_video_encodings, held_.get(), detail::c_optional(factory_id), detail::c_text(video_id), optional(params));
    }

    /// What the service has read from the video's file.
    value video_metadata(std::string_view video_id, std::string_view factory_id = {}) const {
        return of_one(ferry_telestream_video_metadata, video_id, factory_id);
    }
    /// Deletes the file a video was made from, and keeps its encodings.
    value video_delete_source(std::string_view video_id, std::string_view factory_id = {}) const {
        return of_one(ferry_telestream_video_delete_source, video_id, factory_id);
    }
    /// Begins a failed encoding again.
    value encoding_retry(std::string_view encoding_id, std::string_view factory_id = {}) const {
        return of_one(ferry_telestream_encoding_retry, encoding_id, factory_id);
    }
    /// Stops an encoding.
    value encoding_cancel(std::string_view encoding_id, std::string_view factory_id = {}) const {
        return of_one(ferry_telestream_encoding_cancel, encoding_id, factory_id);
    }

    /// Asks until the service has stored a video, with pauses from 1 to 5 seconds; its encodings may still be under way. One that has failed throws
    /// `errc::http` with the service's reason. The deadline bounds the wait, and the callback can cancel it, here and below.
    value video_wait(std::string_view video_id, const request_options &options = {}, std::string_view factory_id = {}) const {
        return wait(ferry_telestream_video_wait, video_id, options, factory_id);
    }
    /// Asks until an encoding is done. One that has failed throws `errc::http` with the service's reason. Progress is told in percent.
    value encoding_wait(std::string_view encoding_id, const request_options &options = {}, std::string_view factory_id = {}) const {
        return wait(ferry_telestream_encoding_wait, encoding_id, options, factory_id);
    }
    /// Asks until a video is stored and none of its encodings is under way; the encodings as an array. One that failed is among them, its "status" is
    /// "fail". Progress is told in percent: 100 for each encoding.
    value video_encodings_wait(std::string_view video_id, const request_options &options = {}, std::string_view factory_id = {}) const {
        return wait(ferry_telestream_video_encodings_wait, video_id, options, factory_id);
    }

    /// Prepares the upload of a file that becomes a video; nothing is sent. `params` says what the video shall have: "profiles" (a list, or a text with
    /// commas; none given: all of the factory; "none": none yet), "path_format", "payload", "pipeline" and so on. It has no filelink, and its result
    /// is the video, or null if the service has it all but did not say. A run that was cancelled also takes the upload back at the service.
    upload new_upload(const std::filesystem::path &path, const object &params = {}, const telestream_upload_options &options = {},
                      std::string_view factory_id = {}) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::handle>(ferry_telestream_upload_new, held_.get(), detail::c_optional(factory_id),
                                                 detail::c_text(path.string()), optional(params), *c);
        return upload(std::move(made), std::move(c));
    }

    /// Where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which "events".
    value notifications(std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_notifications, held_.get(), detail::c_optional(factory_id));
    }
    /// Changes the given members of that. "events" is an object of "video_created", "video_encoded", "encoding_progress" and "encoding_completed", each
    /// true or false.
    value notifications_update(const object &members, std::string_view factory_id = {}) const {
        return detail::make_value(ferry_telestream_notifications_update, held_.get(), detail::c_optional(factory_id), optional(members));
    }

private:
    using handle = detail::owned<ferry_telestream, ferry_telestream_free>;

    template <class Function, class... Keys> telestream(const telestream_options &options, Function function, const Keys &...keys) {
        const detail::c_connection connection(options.connection);
        ferry_telestream_options c;
        ferry_telestream_options_init(&c, sizeof c);
        c.factory_id = detail::option(options.factory_id);
        c.api_host = detail::option(options.api_host);
        c.api_port = options.api_port;
        c.api_version = detail::option(options.api_version);
        c.base_url = detail::option(options.base_url);
        c.connection = connection;
        held_ = detail::make<handle>(function, keys..., &c);
    }

    static detail::c_optional optional(const object &params) { return detail::c_optional(params.text()); }
    static std::int32_t number(resource of) noexcept { return static_cast<std::int32_t>(of); }
    template <class Function> value of_one(Function function, std::string_view id, std::string_view factory_id) const {
        return detail::make_value(function, held_.get(), detail::c_optional(factory_id), detail::c_text(id));
    }

    template <class Function>
    value wait(Function function, std::string_view id, const request_options &options, std::string_view factory_id) const {
        return detail::make_value(function, held_.get(), detail::c_optional(factory_id), detail::c_text(id), detail::c_request(options));
    }

    handle held_;
};

} // namespace ferry
