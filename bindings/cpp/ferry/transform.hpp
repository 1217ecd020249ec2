#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes.hpp"
#include "call.hpp"
#include "filelink.hpp"
#include "json.hpp"
#include "request.hpp"
#include "security.hpp"
#include "tasks.hpp"
#include "value.hpp"
#include "writer.hpp"

namespace ferry {

/// Options of storing a result.
struct store_options {
    /// Name of the stored file. Empty: chosen by the service.
    std::string filename = {};
    /// Decode the result from base64 text before it is stored.
    bool base64decode = false;
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". Empty: the account's.
    std::string location = {};
    /// Folder (with a slash at its end) or full key in the storage. Empty: chosen by the service.
    std::string path = {};
    /// Bucket or container. Empty: the account's.
    std::string container = {};
    /// Region of the container. Empty: the account's.
    std::string region = {};
    /// "public" or "private". Empty: "private".
    std::string access = {};
    /// Ids of workflows to run on the stored file, up to 20.
    std::vector<std::string> workflows = {};
    /// Policy and signature. Empty: the client's.
    ferry::security security = {};
    progress_fn on_progress = {};
    /// Asked meanwhile, as often as progress is told; see `stop_signal`.
    stop_signal stop = {};
    /// Time limit of the whole call, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
};

namespace detail {

class c_store : public c_options<ferry_store_options> {
public:
    c_store(const store_options &options)
        : c_options(ferry_store_options_init, options.on_progress, options.stop),
          workflows_(options.workflows.empty() ? std::string() : json(options.workflows).text()) {
        c.filename = option(options.filename);
        c.base64decode = options.base64decode;
        c.location = option(options.location);
        c.path = option(options.path);
        c.container = option(options.container);
        c.region = option(options.region);
        c.access = option(options.access);
        c.workflows_json = option(workflows_);
        c.security = options.security.get();
        c.deadline_ms = milliseconds(options.deadline);
    }

private:
    std::string workflows_;
};

} // namespace detail

/// A conversion of audio or video, which is a job of the service. Any number of threads may use it at the
/// same time. The job goes on when this object ends.
class conversion {
public:
    using owned = detail::owned<ferry_av, ferry_av_free>;

    /// Take over a conversion of the C interface.
    explicit conversion(ferry_av *handle) noexcept : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_av *get() const noexcept { return held_.get(); }
    /// Give the handle up; the caller frees it with `ferry_av_free`.
    ferry_av *release() noexcept { return held_.release(); }

    /// The id of the job.
    std::string uuid() const { return ferry_av_uuid(held_.get()); }
    /// When the job began, as the service tells it.
    std::string timestamp() const { return ferry_av_timestamp(held_.get()); }
    /// The URL of the conversion, unsigned.
    std::string url() const { return ferry_av_url(held_.get()); }

    /// Ask the service for the state of the job: "started", "pending", "completed" or "failed".
    std::string status(const request_options &options = {}) const {
        return detail::make_string(ferry_av_status, held_.get(), detail::c_request(options));
    }

    /// Ask repeatedly, with pauses from 1 to 5 seconds, until the conversion is completed, and return the
    /// service's description of the result. The deadline is that of the whole wait. Throws `errc::http` with
    /// the service's reason if the conversion fails.
    value wait(const request_options &options = {}) const {
        return detail::make_value(ferry_av_wait, held_.get(), detail::c_request(options));
    }

    /// The converted file. Throws `errc::not_ready` until `status` or `wait` has seen it completed.
    ferry::filelink filelink() const {
        return detail::make_object<ferry::filelink>(ferry_av_filelink, held_.get());
    }

private:
    owned held_;
};

/// One or several sources and the tasks to apply, in order. Every task has a method with its parameters:
/// `client.transform(url).resize({.width = 500}).flip().url()`. An unknown task, or a value out of range,
/// throws `errc::invalid_argument` and leaves the chain as it was. A method of a temporary chain moves it
/// into what it returns. Only one thread at a time may add tasks, and none may use the chain meanwhile; the
/// `const` methods may run in several threads at the same time.
class transform : public detail::task_methods<transform> {
public:
    using owned = detail::owned<ferry_transform, ferry_transform_free>;

    /// Take over a chain of the C interface.
    explicit transform(ferry_transform *handle) noexcept : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    ferry_transform *get() const noexcept { return held_.get(); }
    /// Give the handle up; the caller frees it with `ferry_transform_free`.
    ferry_transform *release() noexcept { return held_.release(); }

    /// Add a task by its name, with parameters as in a URL but not percent-encoded,
    /// "width:500,align:[top,left]".
    transform &add(std::string_view task, std::string_view params = {}) & {
        detail::call(ferry_transform_add, held_.get(), detail::c_text(task), detail::c_optional(params));
        return *this;
    }
    transform add(std::string_view task, std::string_view params = {}) && {
        return std::move(add(task, params));
    }

    /// Add a task by its name, with parameters as an object.
    transform &add_json(std::string_view task, const object &params) & {
        detail::call(ferry_transform_add_json, held_.get(), detail::c_text(task),
                     detail::c_optional(params.text()));
        return *this;
    }
    transform add_json(std::string_view task, const object &params) && {
        return std::move(add_json(task, params));
    }

    /// Add an element of the URL as it is, "new_task=k:v": for what this version does not know.
    transform &add_raw(std::string_view element) & {
        detail::call(ferry_transform_add_raw, held_.get(), detail::c_text(element));
        return *this;
    }
    transform add_raw(std::string_view element) && { return std::move(add_raw(element)); }

    /// Put the API key into the URL even if the source is a handle, as some accounts need it.
    transform &with_apikey(bool always = true) & {
        ferry_transform_with_apikey(held_.get(), always);
        return *this;
    }
    transform with_apikey(bool always = true) && { return std::move(with_apikey(always)); }

    /// Copy the chain, to go on in two directions.
    transform clone() const { return detail::make_object<transform>(ferry_transform_clone, held_.get()); }

    /// The URL of the result, unsigned, ready to be sent by any client.
    std::string url() const { return detail::make_string(ferry_transform_url, held_.get()); }

    /// The URL of the result with a policy and its signature: those of `by`, or of the client if it is empty.
    std::string signed_url(const security &by = {}) const {
        return detail::make_string(ferry_transform_signed_url, held_.get(), by.get());
    }

    /// The URL of the result in base64 form, for sources and values that no path can carry; signed if there
    /// is a security.
    std::string base64_url(const security &by = {}) const {
        return detail::make_string(ferry_transform_base64_url, held_.get(), by.get());
    }

    /// Run the chain and download the result to `path`, as `filelink::download` does. Returns its length.
    std::uint64_t download(const std::filesystem::path &path, const request_options &options = {}) const {
        std::uint64_t bytes = 0;
        detail::call(ferry_transform_download, held_.get(), detail::c_path(path),
                     detail::c_request(options), &bytes);
        return bytes;
    }

    /// Run the chain and get the result in memory, at most 1 GiB.
    bytes content(const request_options &options = {}) const {
        return detail::make_object<bytes>(ferry_transform_content, held_.get(), detail::c_request(options));
    }

    /// Run the chain and pass the result on piece by piece, each byte once. Returns its length. After a cut
    /// only the rest is asked for, and only of a result that has a strong ETag.
    std::uint64_t stream(const write_fn &write, const request_options &options = {}) const {
        std::uint64_t bytes = 0;
        detail::call(ferry_transform_stream, held_.get(), detail::c_writer::run, detail::c_writer(write),
                     detail::c_request(options), &bytes);
        return bytes;
    }
    std::uint64_t stream(std::ostream &out, const request_options &options = {}) const {
        return stream(detail::write_to(out), options);
    }

    /// Run a chain whose last task answers with JSON: tags, sfw, ocr, caption, imagesize, metadata and
    /// others.
    value json(const request_options &options = {}) const {
        return detail::make_value(ferry_transform_json, held_.get(), detail::c_request(options));
    }

    /// Run the chain and store the result as a new file. It is repeated only if it has surely not arrived.
    filelink store(const store_options &options = {}) const {
        return detail::make_object<filelink>(ferry_transform_store, held_.get(), detail::c_store(options));
    }

    /// Start a conversion of audio or video.
    conversion av_convert(const tasks::video_convert &params, const request_options &options = {}) const {
        return detail::make_object<conversion>(ferry_transform_av_convert, held_.get(),
                                               detail::c_optional(detail::params(params).text()),
                                               detail::c_request(options));
    }

private:
    owned held_;
};

} // namespace ferry
