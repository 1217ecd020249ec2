#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bytes.hpp"
#include "call.hpp"
#include "connection.hpp"
#include "json.hpp"
#include "progress.hpp"
#include "response.hpp"
#include "upload.hpp"
#include "value.hpp"

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

/// Options of one call to Telestream.
struct telestream_request_options {
    /// The factory. Empty: the client's.
    std::string factory_id = {};
    progress_fn on_progress = {};
    /// Time limit of the whole call, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
};

/// What Telestream keeps for an account.
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

/// How an upload to Telestream sends a file.
enum class telestream_protocol : std::int32_t {
    /// Parts in any order, several at a time; ranges if the service offers no parts.
    parts = FERRY_PROTOCOL_PARTS,
    /// One range after the other on one connection: the older protocol.
    ranges = FERRY_PROTOCOL_RANGES,
};

/// Options of an upload to Telestream.
struct telestream_upload_options {
    /// The factory. Empty: the client's.
    std::string factory_id = {};
    /// The name of the file at the service. Empty: the last element of the path. Data without a path needs
    /// one.
    std::string filename = {};
    /// Number of parts sent at the same time, 1 to 64. 0: as many as make it faster; the number follows the
    /// line. The service may allow fewer.
    std::uint32_t concurrency = 0;
    telestream_protocol protocol = telestream_protocol::parts;
    /// Files that belong to the video, such as subtitles: a path, or a list of paths, for each tag. They are
    /// sent after the video, and only in parts.
    object extra_files = {};
    progress_fn on_progress = {};
    /// Time limit of one run, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
    /// Folder that keeps what the upload needs to go on after the process has ended, however that happened:
    /// the same call in a new process goes on. Empty: none. See `ferry::journal`.
    std::filesystem::path journal_dir = {};
    /// Start anew where the video may exist already and the service cannot tell (`errc::not_ready`): then a
    /// second one is possible.
    bool restart = false;
    /// The most bytes a second of all connections of the upload together, there and back; `limit` of an
    /// upload changes it. The client's limit holds too. 0: no limit.
    std::uint64_t bytes_per_second = 0;
};

namespace detail {

class c_telestream_request : public c_options<ferry_request_options> {
public:
    c_telestream_request(const telestream_request_options &options)
        : c_options(ferry_request_options_init, options.on_progress) {
        c.deadline_ms = milliseconds(options.deadline);
    }
};

class c_telestream_upload : public c_options<ferry_telestream_upload_options> {
public:
    c_telestream_upload(const telestream_upload_options &options)
        : c_options(ferry_telestream_upload_options_init, options.on_progress),
          journal_dir_(options.journal_dir.string()) {
        c.filename = option(options.filename);
        c.concurrency = options.concurrency;
        c.protocol = static_cast<std::int32_t>(options.protocol);
        c.extra_files_json = option(options.extra_files.text());
        c.deadline_ms = milliseconds(options.deadline);
        c.journal_dir = option(journal_dir_);
        c.restart = options.restart;
        c.bytes_per_second = options.bytes_per_second;
    }

private:
    std::string journal_dir_;
};

/// The same with the reader, which belongs to the upload.
class c_telestream_reader : public c_telestream_upload {
public:
    c_telestream_reader(const telestream_upload_options &options, read_fn read)
        : c_telestream_upload(options), read_(std::move(read)) {}

    static std::int64_t run(void *buffer, std::size_t capacity, void *user_data) {
        auto &self = *static_cast<c_telestream_reader *>(user_data);
        return self.guarded(std::int64_t{-1}, [&] { return read_into(self.read_, buffer, capacity); });
    }

private:
    const read_fn read_;
};

} // namespace detail

/// A Telestream Cloud account and its connections. Any number of threads may use it at the same time. Every
/// request is signed anew each time it is sent. Uploads keep what they need of it.
///
/// `params` and `members` are JSON objects, answers are JSON values, null if an answer has no body. The last
/// argument of every call that sends a request names another factory, a deadline and a progress callback. A
/// GET is repeated as often as `max_retries` says, a PUT, PATCH or DELETE twice at most, a POST only if it
/// has surely not arrived. Calls throw `errc::invalid_argument`, before anything is sent, if the resource, an
/// id or a parameter cannot be used, or if there is no factory; `errc::http` if the service refuses.
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
                                   detail::c_text(path), json_of(params), detail::c_optional(timestamp));
    }

    /// Send a request for which there is no method, and return the whole response.
    ///
    /// `method` is GET, POST, PUT or DELETE, with an API key also PATCH. `path` begins after the version,
    /// e.g. "/encodings/count.json". True and false are sent as True and False. A status that is not 2xx
    /// throws `errc::http`. The request is one of the client's factory: `options` must not name another.
    response request(std::string_view method, std::string_view path, const object &params = {},
                     const telestream_request_options &options = {}) const {
        if (!options.factory_id.empty()) {
            throw error(errc::invalid_argument,
                        "telestream::request takes no factory_id: it is sent to the client's factory");
        }
        return detail::make_response(ferry_telestream_request, held_.get(), detail::c_text(method),
                                     detail::c_text(path), json_of(params),
                                     detail::c_telestream_request(options));
    }

    /// List one page of a resource, as an array. Parameters: "page", counted from 1, and "per_page", at most
    /// 100 and 100 by default; there are more pages until one has fewer objects than that. Videos and
    /// encodings: "status" ("success", "fail", "processing"); encodings: "video_id", "profile_id" and
    /// "profile_name".
    value list(resource of, const object &params = {}, const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_list, options, number(of), factory(options), json_of(params));
    }

    /// List all pages of a resource as one array; parameters as for `list`, but without "page".
    value list_all(resource of, const object &params = {},
                   const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_list_all, options, number(of), factory(options), json_of(params));
    }

    /// Find one object by its id, a profile also by its name. "screenshots" (encodings) and "expand"
    /// (profiles), each true, ask for more.
    value find(resource of, std::string_view id, const object &params = {},
               const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_find, options, number(of), factory(options), detail::c_text(id),
                   json_of(params));
    }

    /// Create an object. A video needs "source_url", or "file": the path of a local file that is sent in this
    /// one request (API 3.0 only), which cannot go on after a failure as an upload can. An encoding needs
    /// "video_id" and either "profile_id" or "profile_name"; a profile "preset_name", or "command" and
    /// "extname".
    value create(resource of, const object &members, const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_create, options, number(of), factory(options), json_of(members));
    }

    /// Change the given members of a factory or a profile, with an API key also of an encoding. Other objects
    /// cannot be changed.
    value update(resource of, std::string_view id, const object &members,
                 const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_update, options, number(of), factory(options), detail::c_text(id),
                   json_of(members));
    }

    /// Delete a video with all its files, an encoding or a profile. Factories cannot be deleted.
    value remove(resource of, std::string_view id, const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_delete, options, number(of), factory(options), detail::c_text(id));
    }

    /// List the encodings of one video; parameters as for `list`.
    value video_encodings(std::string_view video_id, const object &params = {},
                          const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_video_encodings, options, factory(options), detail::c_text(video_id),
                   json_of(params));
    }

    /// Get what the service has read from the file of a video: duration, codecs, sizes.
    value video_metadata(std::string_view video_id, const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_video_metadata, video_id, options);
    }

    /// Delete the file that a video was made from, and keep its encodings.
    value video_delete_source(std::string_view video_id,
                              const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_video_delete_source, video_id, options);
    }

    /// Start a failed encoding again.
    value encoding_retry(std::string_view encoding_id, const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_encoding_retry, encoding_id, options);
    }

    /// Stop an encoding.
    value encoding_cancel(std::string_view encoding_id,
                          const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_encoding_cancel, encoding_id, options);
    }

    /// Get where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of
    /// which "events".
    value notifications(const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_notifications, options, factory(options));
    }

    /// Change the given members of that. "events" is an object of "video_created", "video_encoded",
    /// "encoding_progress" and "encoding_completed", each true or false.
    value notifications_update(const object &members, const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_notifications_update, options, factory(options), json_of(members));
    }

    /// Wait until the service has stored a video. Its encodings may still be under way. The service is asked
    /// with pauses from 1 to 5 seconds, without end unless there is a deadline, which is that of the whole
    /// wait; so with the next two. Throws `errc::http` with the service's reason if the video has failed.
    value video_wait(std::string_view video_id, const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_video_wait, video_id, options);
    }

    /// Wait until an encoding is done. Progress is told in percent: `bytes_done` of 100. Throws `errc::http`
    /// with the service's reason if the encoding has failed.
    value encoding_wait(std::string_view encoding_id, const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_encoding_wait, encoding_id, options);
    }

    /// Wait until a video is stored and none of its encodings is under way. Returns the encodings as an
    /// array, also those that have failed, whose "status" is "fail". Progress is told in percent: 100 for
    /// each.
    value video_encodings_wait(std::string_view video_id,
                               const telestream_request_options &options = {}) const {
        return ask_of(ferry_telestream_video_encodings_wait, video_id, options);
    }

    /// Prepare the upload of a file that becomes a video. Nothing is sent.
    ///
    /// `params` says what the video shall have: "profiles" (a list, or a text with commas; without it all
    /// profiles of the factory, "none" for no encoding yet), "path_format", "payload", "pipeline" and so on.
    /// The upload has no filelink; its result is the video.
    upload new_upload(const std::filesystem::path &path, const object &params = {},
                      const telestream_upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::handle>(ferry_telestream_upload_new, held_.get(),
                                                 detail::c_optional(options.factory_id),
                                                 detail::c_text(path.string()), json_of(params), *c);
        return upload(std::move(made), std::move(c));
    }

    /// Prepare the upload of bytes in memory. They are not copied: they must stay as they are until the
    /// upload is destroyed. `options` need a `filename`, since the service takes the extension of the video
    /// from it.
    upload new_upload_bytes(bytes_view bytes, const object &params,
                            const telestream_upload_options &options) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::handle>(
            ferry_telestream_upload_bytes_new, held_.get(), detail::c_optional(options.factory_id),
            detail::address(bytes), bytes.size(), json_of(params), *c);
        return upload(std::move(made), std::move(c));
    }

    /// Prepare the upload of what `read` provides; it is called while the upload runs, on that thread, and
    /// another run reads on where the last one was. `options` need a `filename`. See
    /// `filestack::upload_reader` for `size` and the temporary file.
    upload new_upload_reader(read_fn read, const object &params, const telestream_upload_options &options,
                             std::optional<std::uint64_t> size = {}) const {
        auto c = std::make_unique<detail::c_telestream_reader>(options, std::move(read));
        auto made = detail::make<upload::handle>(
            ferry_telestream_upload_reader_new, held_.get(), detail::c_optional(options.factory_id),
            detail::c_telestream_reader::run, static_cast<void *>(c.get()), size.value_or(FERRY_SIZE_UNKNOWN),
            json_of(params), *c);
        return upload(std::move(made), std::move(c));
    }
    /// The same for a stream, which must live until the last run has ended.
    upload new_upload_reader(std::istream &in, const object &params, const telestream_upload_options &options,
                             std::optional<std::uint64_t> size = {}) const {
        return new_upload_reader(detail::reader_of(in), params, options, size);
    }

    /// Prepare the upload of a token (`upload::token`), of the file at `path` or a copy of it: its run sends
    /// what the service lacks, and compares what it has with the file. Nothing is sent.
    ///
    /// The token says what is uploaded, where and how: options may not set `factory_id`, `filename` and
    /// `protocol`. `extra_files` says where the other files are now, with the token's tags; empty: where they
    /// were. Throws `errc::invalid_argument` if the token is cut, altered, of another version, service or
    /// account, or of a file of another size.
    upload resume_upload(const std::filesystem::path &path, std::string_view token,
                         const telestream_upload_options &options = {}) const {
        if (!options.factory_id.empty()) {
            throw error(errc::invalid_argument,
                        "the token says which factory: options may not set factory_id");
        }
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::handle>(ferry_telestream_upload_resume, held_.get(),
                                                 detail::c_text(path.string()), detail::c_text(token), *c);
        return upload(std::move(made), std::move(c));
    }

private:
    using handle = detail::owned<ferry_telestream, ferry_telestream_free>;

    template <class Function, class... Keys>
    telestream(const telestream_options &options, Function function, const Keys &...keys) {
        detail::c_connection connection(options.connection);
        ferry_telestream_options c;
        ferry_telestream_options_init(&c, sizeof c);
        c.factory_id = detail::option(options.factory_id);
        c.api_host = detail::option(options.api_host);
        c.api_port = options.api_port;
        c.api_version = detail::option(options.api_version);
        c.base_url = detail::option(options.base_url);
        c.connection = connection;
        held_ = detail::make<handle>(function, keys..., &c);
        connection.taken();
    }

    static detail::c_optional json_of(const object &params) { return detail::c_optional(params.text()); }
    static detail::c_optional factory(const telestream_request_options &options) {
        return detail::c_optional(options.factory_id);
    }
    static std::int32_t number(resource of) noexcept { return static_cast<std::int32_t>(of); }

    template <class Function, class... Arguments>
    value ask(Function function, const telestream_request_options &options,
              const Arguments &...arguments) const {
        return detail::make_value(function, held_.get(), arguments..., detail::c_telestream_request(options));
    }

    template <class Function>
    value ask_of(Function function, std::string_view id, const telestream_request_options &options) const {
        return ask(function, options, factory(options), detail::c_text(id));
    }

    handle held_;
};

} // namespace ferry
