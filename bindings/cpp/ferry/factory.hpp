#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bytes.hpp"
#include "encoding.hpp"
#include "profile.hpp"
#include "telestream_object.hpp"
#include "upload.hpp"
#include "video.hpp"

namespace ferry {

/// How an upload to Telestream sends a file.
enum class telestream_protocol : std::int32_t {
    /// Parts in any order, several at a time; ranges if the service offers no parts.
    parts = FERRY_PROTOCOL_PARTS,
    /// One range after the other on one connection: the older protocol.
    ranges = FERRY_PROTOCOL_RANGES,
};

/// Options of an upload to Telestream.
struct telestream_upload_options {
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
    /// Asked while it runs, as often as progress is told; see `stop_signal`.
    stop_signal stop = {};
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

class c_telestream_upload : public c_options<ferry_telestream_upload_options> {
public:
    c_telestream_upload(const telestream_upload_options &options)
        : c_options(ferry_telestream_upload_options_init, options.on_progress, options.stop, true),
          journal_dir_(utf8(options.journal_dir)) {
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

/// A factory of Telestream: it holds videos, encodings and profiles, and knows where their files are stored.
/// `telestream::factory` makes it.
///
/// A list comes whole (`videos`), or a page at a time (`videos_page`): "page" is counted from 1, and
/// "per_page" at most 100 and 100 by default; there are more pages until one has fewer objects than that.
class factory : public telestream_object {
public:
    /// Ask for it anew.
    void refresh(const telestream_request_options &options = {}) {
        learn(find_this(FERRY_FACTORIES, {}, options));
    }

    /// Change the given members.
    void update(const object &members, const telestream_request_options &options = {}) {
        learn(update_this(FERRY_FACTORIES, members, options));
    }

    /// Get where it sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which
    /// "events".
    value notifications(const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_notifications, options, own());
    }

    /// Change the given members of that. "events" is an object of "video_created", "video_encoded",
    /// "encoding_progress" and "encoding_completed", each true or false.
    value notifications_update(const object &members, const telestream_request_options &options = {}) const {
        return ask(ferry_telestream_notifications_update, options, own(), detail::json_of(members));
    }

    /// List videos. Parameters: "status" ("success", "fail", "processing").
    std::vector<ferry::video> videos(const object &params = {},
                                     const telestream_request_options &options = {}) const {
        return list<ferry::video>(ferry_telestream_list_all, FERRY_VIDEOS, params, options);
    }
    std::vector<ferry::video> videos_page(const object &params = {},
                                          const telestream_request_options &options = {}) const {
        return list<ferry::video>(ferry_telestream_list, FERRY_VIDEOS, params, options);
    }
    /// The video with this id. Nothing is sent, so nothing is known of it.
    ferry::video video(std::string_view id) const { return {client(), factory_id(), std::string(id)}; }
    /// Ask for the video with this id.
    ferry::video find_video(std::string_view id, const object &params = {},
                            const telestream_request_options &options = {}) const {
        return {client(), factory_id(),
                ask(ferry_telestream_find, options, FERRY_VIDEOS, own(), detail::c_text(id),
                    detail::json_of(params))};
    }
    /// Create a video of "source_url", or of "file": the path of a local file that is sent in this one
    /// request (API 3.0 only), which cannot go on after a failure as an upload can. Progress counts the bytes
    /// of that request.
    ferry::video create_video(const object &members, const telestream_request_options &options = {}) const {
        return create<ferry::video>(FERRY_VIDEOS, members, options);
    }

    /// List encodings; `video::encode` makes them. Parameters: "status", "video_id", "profile_id",
    /// "profile_name".
    std::vector<ferry::encoding> encodings(const object &params = {},
                                           const telestream_request_options &options = {}) const {
        return list<ferry::encoding>(ferry_telestream_list_all, FERRY_ENCODINGS, params, options);
    }
    std::vector<ferry::encoding> encodings_page(const object &params = {},
                                                const telestream_request_options &options = {}) const {
        return list<ferry::encoding>(ferry_telestream_list, FERRY_ENCODINGS, params, options);
    }
    /// The encoding with this id. Nothing is sent, so nothing is known of it.
    ferry::encoding encoding(std::string_view id) const { return {client(), factory_id(), std::string(id)}; }
    /// Ask for the encoding with this id. With `{{"screenshots", true}}` for more of it.
    ferry::encoding find_encoding(std::string_view id, const object &params = {},
                                  const telestream_request_options &options = {}) const {
        return {client(), factory_id(),
                ask(ferry_telestream_find, options, FERRY_ENCODINGS, own(), detail::c_text(id),
                    detail::json_of(params))};
    }

    /// List profiles.
    std::vector<ferry::profile> profiles(const object &params = {},
                                         const telestream_request_options &options = {}) const {
        return list<ferry::profile>(ferry_telestream_list_all, FERRY_PROFILES, params, options);
    }
    std::vector<ferry::profile> profiles_page(const object &params = {},
                                              const telestream_request_options &options = {}) const {
        return list<ferry::profile>(ferry_telestream_list, FERRY_PROFILES, params, options);
    }
    /// The profile with this id or name. Nothing is sent, so nothing is known of it.
    ferry::profile profile(std::string_view id_or_name) const {
        return {client(), factory_id(), std::string(id_or_name)};
    }
    /// Ask for the profile with this id or name. With `{{"expand", true}}` for more of it.
    ferry::profile find_profile(std::string_view id_or_name, const object &params = {},
                                const telestream_request_options &options = {}) const {
        return {client(), factory_id(),
                ask(ferry_telestream_find, options, FERRY_PROFILES, own(), detail::c_text(id_or_name),
                    detail::json_of(params))};
    }
    /// Create a profile. It needs "preset_name", or "command" and "extname".
    ferry::profile create_profile(const object &members,
                                  const telestream_request_options &options = {}) const {
        return create<ferry::profile>(FERRY_PROFILES, members, options);
    }

    /// Prepare the upload of a file that becomes a video. Nothing is sent.
    ///
    /// `params` says what the video shall have: "profiles" (a list, or a text with commas; without it all
    /// profiles of the factory, "none" for no encoding yet), "path_format", "payload", "pipeline" and so on.
    /// The upload has no filelink; its result is the video.
    upload new_upload(const std::filesystem::path &path, const object &params = {},
                      const telestream_upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::owned>(ferry_telestream_upload_new, client().get(),
                                                 detail::c_optional(id()),
                                                 detail::c_path(path), detail::json_of(params), *c);
        return upload(std::move(made), std::move(c), path);
    }

    /// Prepare the upload of bytes in memory. They are not copied: they must stay as they are until the
    /// upload is destroyed. `options` need a `filename`, since the service takes the extension of the video
    /// from it.
    upload new_upload_bytes(bytes_view bytes, const object &params,
                            const telestream_upload_options &options) const {
        auto c = std::make_unique<detail::c_telestream_upload>(options);
        auto made = detail::make<upload::owned>(
            ferry_telestream_upload_bytes_new, client().get(), detail::c_optional(id()),
            detail::address(bytes), bytes.size(), detail::json_of(params), *c);
        return upload(std::move(made), std::move(c));
    }

    /// A temporary that owns its bytes would be gone when the upload runs.
    template <class Bytes, std::enable_if_t<!std::is_lvalue_reference_v<Bytes> &&
                                                !detail::is_view<std::remove_const_t<Bytes>>::value,
                                            int> = 0>
    upload new_upload_bytes(Bytes &&, const object &, const telestream_upload_options &) const = delete;

    /// Prepare the upload of what `read` provides; it is called while the upload runs, on that thread, and
    /// another run reads on where the last one was. `options` need a `filename`. See
    /// `filestack::upload_reader` for `size` and the temporary file.
    upload new_upload_reader(read_fn read, const object &params, const telestream_upload_options &options,
                             std::optional<std::uint64_t> size = {}) const {
        auto c = std::make_unique<detail::c_telestream_reader>(options, std::move(read));
        auto made = detail::make<upload::owned>(
            ferry_telestream_upload_reader_new, client().get(), detail::c_optional(id()),
            detail::c_telestream_reader::run, static_cast<void *>(c.get()), size.value_or(FERRY_SIZE_UNKNOWN),
            detail::json_of(params), *c);
        return upload(std::move(made), std::move(c));
    }
    /// The same for a stream, which must live until the last run has ended.
    upload new_upload_reader(std::istream &in, const object &params, const telestream_upload_options &options,
                             std::optional<std::uint64_t> size = {}) const {
        return new_upload_reader(detail::reader_of(in), params, options, size);
    }

private:
    friend class telestream;
    friend class telestream_object;

    // A factory is in itself.
    factory(detail::shared_telestream client, std::string id)
        : telestream_object(std::move(client), id, id) {}
    factory(detail::shared_telestream client, const std::string &, value data)
        : telestream_object(std::move(client), data["id"].to_string(), data) {}

    detail::c_optional own() const { return detail::c_optional(id()); }

    template <class Object, class Function>
    std::vector<Object> list(Function function, std::int32_t resource, const object &params,
                             const telestream_request_options &options) const {
        return objects<Object>(ask(function, options, resource, own(), detail::json_of(params)));
    }

    template <class Object>
    Object create(std::int32_t resource, const object &members,
                  const telestream_request_options &options) const {
        return {client(), factory_id(),
                ask(ferry_telestream_create, options, resource, own(), detail::json_of(members))};
    }
};

} // namespace ferry
