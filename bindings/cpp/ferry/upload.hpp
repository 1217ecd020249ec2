#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
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

/// Filestack Intelligent Ingestion.
enum class intelligent : std::int32_t {
    /// Plain multipart upload.
    off = FERRY_INTELLIGENT_OFF,
    /// Send parts in chunks that get smaller on a bad network. Plain if the account does not have it.
    on = FERRY_INTELLIGENT_ON,
    /// Plain until a part fails, then in chunks.
    fallback = FERRY_INTELLIGENT_FALLBACK,
};

/// The state of an upload.
enum class upload_state : std::int32_t {
    /// The object was moved from.
    unknown = 0,
    /// Not run yet.
    initialized = FERRY_UPLOAD_INITIALIZED,
    uploading = FERRY_UPLOAD_UPLOADING,
    /// The last run ended because of a pause; another run goes on.
    paused = FERRY_UPLOAD_PAUSED,
    /// The last run was interrupted, or failed with an error that is `retryable`; another run goes on.
    interrupted = FERRY_UPLOAD_INTERRUPTED,
    /// The last run failed, and another one fails too unless the cause is removed.
    error = FERRY_UPLOAD_ERROR,
    /// Stored. Final.
    uploaded = FERRY_UPLOAD_UPLOADED,
    /// Cancelled. Final.
    aborted = FERRY_UPLOAD_ABORTED,
};

/// Return the word for a state, e.g. "interrupted".
inline std::string_view to_string(upload_state state) noexcept {
    return ferry_upload_state_name(static_cast<std::int32_t>(state));
}
inline std::ostream &operator<<(std::ostream &out, upload_state state) {
    return out << to_string(state);
}

/// Options of an upload to Filestack.
struct upload_options {
    /// Name of the stored file. Empty: the last element of the path; "unnamed_file" for data without a path.
    /// Of a batch, each item has its own.
    std::string filename = {};
    /// Replace each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its extension.
    bool sanitize_filename = false;
    /// MIME type. Empty: derived from the extension of the name, else "application/octet-stream".
    std::string mimetype = {};
    /// Description for people who cannot see the picture, up to 125 characters.
    std::string alt_text = {};
    /// Tags: at most 10 texts with names, names up to 128, values up to 256 characters.
    object tags = {};
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". Empty: the client's.
    std::string location = {};
    /// Folder (with a slash at its end) or full key in the storage. Empty: chosen by the service. Of a batch,
    /// a folder.
    std::string path = {};
    /// Bucket or container. Empty: the account's.
    std::string container = {};
    /// Region of the container. Empty: the account's.
    std::string region = {};
    /// "public" or "private". Empty: "private".
    std::string access = {};
    /// Ids of workflows to run on the stored file, up to 20.
    std::vector<std::string> workflows = {};
    ferry::intelligent intelligent = ferry::intelligent::off;
    /// Number of parts, and of files of a batch, sent at the same time, 1 to 64. 0: as many as make it faster;
    /// the number follows the line.
    std::uint32_t concurrency = 0;
    /// Size of a part in bytes, 5 MiB to 5 GiB. 0: 5 MiB. It is raised where the file would need more than
    /// 10,000 parts. Intelligent uploads always use 8 MiB.
    std::uint64_t part_size = 0;
    /// Policy and signature. Empty: the client's.
    ferry::security security = {};
    progress_fn on_progress = {};
    /// Asked meanwhile, as often as progress is told; see `stop_signal`.
    stop_signal stop = {};
    /// Of a batch alone.
    item_fn on_item = {};
    /// Time limit of one run, or of the whole call, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
    /// Folder that keeps what the upload of a file needs to go on after the process has ended, however that
    /// happened: the same call in a new process goes on. Empty: none. See `ferry::journal`.
    std::filesystem::path journal_dir = {};
    /// Start anew where the file may be stored already and the service cannot tell (`errc::not_ready`): then
    /// a second one is possible.
    bool restart = false;
    /// The most bytes a second of all connections of the upload together, there and back; `limit` of an
    /// upload changes it. The client's limit holds too. 0: no limit.
    std::uint64_t bytes_per_second = 0;
    /// Send the file in one request instead of parts; for small files, a quarter of the round trips. What has
    /// to do with parts, tags, descriptions, regions and workflows cannot be set then, nor a journal. It is
    /// sent again only if it has surely not arrived; an error is final otherwise, and the file may be stored
    /// all the same.
    bool single_request = false;
};

/// Provides the next bytes: writes at most `capacity` bytes into `buffer` and returns how many; 0 at the end.
using read_fn = std::function<std::size_t(char *buffer, std::size_t capacity)>;

namespace detail {

class c_upload : public c_options<ferry_upload_options> {
public:
    /// Those of one call, of an upload that is run, of a batch, of an item of a batch.
    enum class kind { call, file, batch, item };

    c_upload(const upload_options &options, kind is = kind::call)
        : c_options(ferry_upload_options_init, options.on_progress, options.stop,
                    is == kind::file || is == kind::batch),
          workflows_(options.workflows.empty() ? std::string() : json(options.workflows).text()),
          journal_dir_(utf8(options.journal_dir)) {
        if ((options.on_item && is != kind::batch) || (options.stop && is == kind::item)) {
            throw error(errc::invalid_argument, std::string(options.on_item ? "on_item" : "stop") +
                                                    " is for a batch: set it in the batch's options");
        }
        c.filename = option(options.filename);
        c.sanitize_filename = options.sanitize_filename;
        c.mimetype = option(options.mimetype);
        c.alt_text = option(options.alt_text);
        c.tags_json = option(options.tags.text());
        c.location = option(options.location);
        c.path = option(options.path);
        c.container = option(options.container);
        c.region = option(options.region);
        c.access = option(options.access);
        c.workflows_json = option(workflows_);
        c.intelligent = static_cast<std::int32_t>(options.intelligent);
        c.concurrency = options.concurrency;
        c.part_size = options.part_size;
        c.security = options.security.get();
        c.deadline_ms = milliseconds(options.deadline);
        c.journal_dir = option(journal_dir_);
        c.restart = options.restart;
        c.bytes_per_second = options.bytes_per_second;
        c.single_request = options.single_request;
    }

private:
    std::string workflows_;
    std::string journal_dir_;
};

inline std::int64_t read_into(const read_fn &read, void *buffer, std::size_t capacity) {
    const std::size_t count = read(static_cast<char *>(buffer), capacity);
    if (count > capacity) {
        throw error(errc::invalid_argument, "the reader says it has filled more than its buffer holds");
    }
    return static_cast<std::int64_t>(count);
}

class c_reader : public callback {
public:
    c_reader(const read_fn &read) : read_(read) {}
    operator void *() const noexcept { return const_cast<c_reader *>(this); }

    static std::int64_t run(void *buffer, std::size_t capacity, void *user_data) {
        auto &self = *static_cast<c_reader *>(user_data);
        return self.guarded(std::int64_t{-1}, [&] { return read_into(self.read_, buffer, capacity); });
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

struct batch_result;

/// An upload of one file or of many that can be paused, interrupted, cancelled and run again. One thread runs
/// it; others may control and watch it. Do not move or destroy it meanwhile. What the service has received
/// stays there.
class upload {
public:
    using owned = detail::owned<ferry_upload, ferry_upload_free>;

    /// Take over an upload of the C interface. Its callbacks must live until its last run has ended.
    explicit upload(ferry_upload *handle) noexcept : held_(handle) {}
    upload(owned held, std::unique_ptr<detail::stoppable> options, std::filesystem::path path = {})
        : options_(std::move(options)), held_(std::move(held)), path_(std::move(path)) {}

    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_upload *get() const noexcept { return held_.get(); }
    /// Give the handle up; the caller frees it with `ferry_upload_free`. Its callbacks go with it and are
    /// never freed, since only C knows when they end.
    ferry_upload *release() noexcept {
        detail::stoppable::keep(std::move(options_));
        return held_.release();
    }

    /// Upload and wait: true when it is stored, false when it was paused. Run it again after a pause, after
    /// an interrupt, after an exception of a callback, and after an error that is `retryable`: parts that the
    /// service has confirmed are not sent again. If files of a batch fail, it goes on with the others, and
    /// throws the error of the first in the list at the end; the next run tries those again.
    ///
    /// A `stop` that asks to stop interrupts this run, as the one of the options does every run.
    ///
    /// Throws `errc::cancelled` after `interrupt` (then `retryable` is true) and after `cancel`;
    /// `errc::invalid_state` if another thread runs it, or if it was cancelled in an earlier run;
    /// `errc::file_changed` if the file is no longer what it was.
    [[nodiscard]] bool run(const stop_signal &stop = {}) {
        const detail::stoppable::run until(options_.get(), stop);
        ferry_error *cause = nullptr;
        const ferry_status status = ferry_upload_run(held_.get(), &cause);
        return is_stored(status, cause);
    }

    /// Start it beside a loop of the program's own (poll, epoll, libuv, Qt), and return at once. `finish` has
    /// to follow. Callbacks run inside `poll` and `finish`, on the thread that calls those. Throws
    /// `errc::invalid_state` if it is started or running already.
    void start() { detail::call(ferry_upload_start, held_.get()); }

    /// The descriptor of a started upload, which can be read when `poll` has something to do. Only wait for
    /// it; `finish` closes it, so take it out of the loop before. -1 if it is not started.
    int descriptor() const noexcept { return ferry_upload_fd(held_.get()); }

    /// Look at a started upload without waiting, and run the callback that is due, if one is. Whether it has
    /// ended: then `finish` does not wait. What a callback throws, `finish` throws.
    bool poll() noexcept {
        // One call from start to finish: what an event callback throws is for this thread only meanwhile.
        detail::event_thrown = std::exchange(event_thrown_, nullptr);
        const ferry_status status = ferry_upload_poll(held_.get(), nullptr);
        event_thrown_ = std::exchange(detail::event_thrown, nullptr);
        return status != FERRY_NOT_READY;
    }

    /// Wait for the end of a started upload. Returns and throws what `run` would.
    [[nodiscard]] bool finish() {
        detail::event_thrown = std::exchange(event_thrown_, nullptr);
        ferry_error *cause = nullptr;
        const ferry_status status = ferry_upload_finish(held_.get(), &cause);
        return is_stored(status, cause);
    }

    /// Request a pause and return at once. No new request starts, those under way end, then `run` returns
    /// false; on a slow line that takes as long as a part does. Without a run in progress it pauses the next
    /// one at its start. Call it from any thread, also inside a callback; so with the next two.
    void pause() const noexcept { ferry_upload_pause(held_.get()); }

    /// Interrupt the run in progress and return at once. `run` throws `errc::cancelled` within a second, and
    /// the upload can be run again; parts that were under way are sent again. Without a run in progress it
    /// does nothing. Do not call it from a signal handler: set a flag there, and return it from the progress
    /// callback.
    void interrupt() const noexcept { ferry_upload_interrupt(held_.get()); }

    /// Cancel the upload for good and return at once. `run` throws `errc::cancelled` within a second, and the
    /// upload cannot be run again. An upload to Telestream is also deleted at the service.
    void cancel() const noexcept { ferry_upload_cancel(held_.get()); }

    /// Set the most bytes a second of all connections together, and return at once; 0 takes the limit away.
    /// It holds from now on and for the runs that follow. Call it from any thread, also inside a callback.
    void limit(std::uint64_t bytes_per_second) const noexcept {
        ferry_upload_limit(held_.get(), bytes_per_second);
    }

    /// Call it from any thread.
    upload_state state() const noexcept { return static_cast<upload_state>(ferry_upload_state(held_.get())); }

    /// The text with which `resume_upload` of a client goes on, in another process, language or machine: what
    /// the service has confirmed so far, in one line. Call it at any time, from any thread, also inside a
    /// callback and after a failure. It has no key, policy or signature in it, and only clients of the same
    /// account can use it. Throws `errc::invalid_state` after a cancel and for a batch.
    std::string token() const { return detail::make_string(ferry_upload_token, held_.get()); }

    /// What the service said of the stored file, or of the video that was made of it; null if Telestream said
    /// nothing. Throws `errc::not_ready` until it is uploaded. Of a batch it is what `results` says, as JSON.
    value result() const { return detail::make_value(ferry_upload_result, held_.get()); }

    /// The stored file. Throws `errc::not_ready` until it is uploaded, and `errc::invalid_state` for an
    /// upload to Telestream or of a batch, which make none or many.
    ferry::filelink filelink() const {
        return detail::make_object<ferry::filelink>(ferry_upload_filelink, held_.get());
    }

    /// The stored file of the item of a batch at `index`, counted from 0. Throws the file's own error if it
    /// is not stored; `errc::not_ready` if the batch has not come to it; `errc::invalid_state` for an upload
    /// of one file. Call it from any thread, also inside a callback; so with `results`.
    ferry::filelink item_filelink(std::size_t index) const {
        return detail::make_object<ferry::filelink>(ferry_upload_item_filelink, held_.get(), index);
    }

    /// What has become of the items of a batch so far, in their order. Throws `errc::invalid_state` for an
    /// upload of one file.
    std::vector<batch_result> results() const;

private:
    friend class filestack;

    /// End a run: whether it was not paused.
    bool is_stored(ferry_status status, ferry_error *cause) {
        const ferry_status failure = status == FERRY_PAUSED ? FERRY_OK : status;
        if (options_) {
            detail::finish(failure, cause, *options_, detail::c_path(path_));
        } else {
            detail::finish(failure, cause);
        }
        return status == FERRY_OK;
    }

    /// Run a batch once, and throw a `batch_error` if not everything is stored.
    std::vector<ferry::filelink> store_all();

    std::unique_ptr<detail::stoppable> options_;
    owned held_;
    std::filesystem::path path_;
    std::exception_ptr event_thrown_; // of a started upload, between two calls
};

} // namespace ferry
