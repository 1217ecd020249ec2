#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call.hpp"
#include "filelink.hpp"
#include "json.hpp"
#include "request.hpp"
#include "security.hpp"
#include "value.hpp"

namespace ferry {

/// How parts go up.
enum class intelligent : std::int32_t {
    /// Plain multi-part upload.
    off = FERRY_INTELLIGENT_OFF,
    /// In chunks that get smaller on a bad network; plain if the account does not have it.
    on = FERRY_INTELLIGENT_ON,
    /// Plain until a part fails, then in chunks.
    fallback = FERRY_INTELLIGENT_FALLBACK,
};

/// Of one upload.
struct upload_options {
    /// The last element of the path, "unnamed_file" for data, if not given.
    std::string filename = {};
    /// By the ending of the name, else "application/octet-stream", if not given.
    std::string mimetype = {};
    /// Where to store: "S3", "gcs", "azure", "rackspace", "dropbox"; as the client says if not given.
    std::string location = {};
    /// Folder (with a slash at its end) or full key in the storage.
    std::string path = {};
    /// Bucket or container, and its region.
    std::string container = {};
    std::string region = {};
    /// "public" or "private"; private if not given.
    std::string access = {};
    /// Ids of the workflows to run on the file, up to 20.
    std::vector<std::string> workflows = {};
    /// At most 10 texts with names, up to 128 and 256 characters.
    object tags = {};
    ferry::intelligent intelligent = ferry::intelligent::off;
    /// Bytes of a part, 5 MiB to 5 GiB; 0: 5 MiB. More where the file would have over 10,000 parts. Intelligent: always 8 MiB.
    std::uint64_t part_size = 0;
    /// Parts under way at once, 1 to 20; 0: 4.
    std::uint32_t concurrency = 0;
    /// Instead of the client's.
    ferry::security security = {};
    progress_fn on_progress = {};
    /// A description for people who cannot see the picture, up to 125 characters.
    std::string alt_text = {};
    /// For the whole call, all retries included; 0: the client's.
    std::chrono::milliseconds deadline = {};
    /// Whether each of \ { } | % ` " ' ~ [ ] # ^ < > in the name, but for its ending, becomes a "-".
    bool sanitize_filename = false;
};

/// Gives the next bytes of data: fills at most `capacity` of `buffer` and returns how many, 0 at the end.
using read_fn = std::function<std::size_t(char *buffer, std::size_t capacity)>;

namespace detail {

class c_upload : public c_options<ferry_upload_options> {
public:
    c_upload(const upload_options &options)
        : c_options(ferry_upload_options_init, options.on_progress),
          workflows_(options.workflows.empty() ? std::string() : json(options.workflows).text()) {
        c.filename = option(options.filename);
        c.mimetype = option(options.mimetype);
        c.location = option(options.location);
        c.path = option(options.path);
        c.container = option(options.container);
        c.region = option(options.region);
        c.access = option(options.access);
        c.workflows_json = option(workflows_);
        c.tags_json = option(options.tags.text());
        c.intelligent = static_cast<std::int32_t>(options.intelligent);
        c.part_size = options.part_size;
        c.concurrency = options.concurrency;
        c.security = options.security.get();
        c.alt_text = option(options.alt_text);
        c.deadline_ms = milliseconds(options.deadline);
        c.sanitize_filename = options.sanitize_filename;
    }

private:
    std::string workflows_;
};

class c_reader : public callback {
public:
    c_reader(const read_fn &read) : read_(read) {}
    operator void *() const noexcept { return const_cast<c_reader *>(this); }

    static std::int64_t run(void *buffer, std::size_t capacity, void *user_data) {
        auto &self = *static_cast<c_reader *>(user_data);
        return self.caught(std::int64_t{-1}, [&] {
            const std::size_t count = self.read_(static_cast<char *>(buffer), capacity);
            if (count > capacity) {
                throw error(errc::invalid_argument, "the reader says it has filled more than its buffer holds");
            }
            return static_cast<std::int64_t>(count);
        });
    }

private:
    const read_fn &read_;
};

inline read_fn reader_of(std::istream &in) {
    return [&in](char *buffer, std::size_t capacity) {
        in.read(buffer, static_cast<std::streamsize>(capacity));
        if (in.bad()) {
            throw error(errc::io, "the stream that is uploaded cannot be read");
        }
        return static_cast<std::size_t>(in.gcount());
    };
}

} // namespace detail

/// An upload that can be paused, cancelled and run again. One thread runs it; others may pause, cancel and look at it. What the service
/// has stays there when it ends.
class upload {
public:
    using handle = detail::owned<ferry_upload, ferry_upload_free>;

    upload(handle held, std::unique_ptr<detail::callback> options) : options_(std::move(options)), held_(std::move(held)) {}

    /// Uploads, and waits until it is done: true; or paused: false, and it can be run again. After a failure it can be, too, if the error
    /// is `retryable`: what the service has confirmed is not sent again. Once cancelled it is over, and throws.
    [[nodiscard]] bool run() {
        ferry_error *cause = nullptr;
        const ferry_status status = ferry_upload_run(held_.get(), &cause);
        if (status == FERRY_PAUSED) {
            ferry_error_free(cause);
            return false;
        }
        if (status == FERRY_INVALID_STATE || !options_) { // another thread may run it, and the callback is that one's
            detail::finish(status, cause);
        } else {
            detail::finish(status, cause, *options_);
        }
        return true;
    }

    /// Asks for a pause and returns at once: no new part starts, those under way end. From any thread, also inside a callback. While
    /// nothing runs, it pauses the next run at its start.
    void pause() const noexcept { ferry_upload_pause(held_.get()); }

    /// Ends the upload for good and returns at once; `run` throws within a second. From any thread, also inside a callback.
    void cancel() const noexcept { ferry_upload_cancel(held_.get()); }

    /// "initialized", "uploading", "paused", "error" (failed, and would again), "uploaded", "aborted" (cancelled), "interrupted" (failed, and
    /// another run can go on).
    std::string_view state() const noexcept { return ferry_upload_state(held_.get()); }

    /// What the service said of the stored file, or of the video that it became; `errc::not_ready` before it is uploaded.
    value result() const { return detail::make_value(ferry_upload_result, held_.get()); }

    /// The stored file; `errc::not_ready` before it is uploaded. Uploads to Telestream have none: `errc::invalid_state`.
    ferry::filelink filelink() const {
        return ferry::filelink(detail::make<ferry::filelink::handle_type>(ferry_upload_filelink, held_.get()));
    }

private:
    std::unique_ptr<detail::callback> options_;
    handle held_;
};

} // namespace ferry
