#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batch.hpp"
#include "bytes.hpp"
#include "call.hpp"
#include "connection.hpp"
#include "filelink.hpp"
#include "json.hpp"
#include "request.hpp"
#include "response.hpp"
#include "security.hpp"
#include "transform.hpp"
#include "upload.hpp"
#include "value.hpp"

namespace ferry {

/// Options of a Filestack client.
struct filestack_options {
    /// Policy and signature of every call that does not bring its own.
    ferry::security security = {};
    /// Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox". Empty: "S3".
    std::string storage = {};
    /// Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    std::string cname = {};
    /// One origin for all APIs, e.g. a gateway or the local cloud. Plain http is used only to this machine or
    /// if a base URL asks for it.
    std::string base_url = {};
    /// Base URL of the upload API; takes precedence over `base_url`, as do the following.
    std::string upload_url = {};
    /// Base URL of file delivery and transformations.
    std::string cdn_url = {};
    /// Base URL of the REST API, including its path "/api".
    std::string api_url = {};
    /// Base URL of the process API.
    std::string process_url = {};
    connection_options connection = {};
    /// Leave it to the service whether a policy allows a call. Else a call throws `errc::invalid_argument`,
    /// before anything is sent, if its policy has expired by this machine's clock, does not name what is
    /// needed, or is for another handle.
    bool skip_policy_checks = false;
};

/// A Filestack account and its connections. Any number of threads may use it at the same time. A copy shares
/// them. What is made from it may outlive it.
class filestack {
public:
    /// Create a client for the application with this API key. Nothing is sent.
    explicit filestack(std::string_view apikey, const filestack_options &options = {}) {
        detail::c_connection connection(options.connection);
        ferry_filestack_options c;
        ferry_filestack_options_init(&c, sizeof c);
        c.security = options.security.get();
        c.storage = detail::option(options.storage);
        c.cname = detail::option(options.cname);
        c.base_url = detail::option(options.base_url);
        c.upload_url = detail::option(options.upload_url);
        c.cdn_url = detail::option(options.cdn_url);
        c.api_url = detail::option(options.api_url);
        c.process_url = detail::option(options.process_url);
        c.connection = connection;
        c.skip_policy_checks = options.skip_policy_checks;
        held_ = shared(connection.make_client<owned>(ferry_filestack_new, detail::c_text(apikey), &c));
    }

    /// Take over a client of the C interface.
    explicit filestack(ferry_filestack *handle) : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_filestack *get() const noexcept { return held_.get(); }
    /// Give the client up; the caller frees it with `ferry_filestack_free`. Throws `errc::invalid_state` if a
    /// copy lives.
    ferry_filestack *release() { return held_.release(); }

    /// Upload a file and wait until it is stored. An upload that fails starts from the beginning in the next
    /// call, unless the options have a `journal_dir`; `new_upload` makes one that goes on.
    ferry::filelink upload_file(const std::filesystem::path &path, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_file, held_.get(), detail::c_path(path),
                    detail::c_upload(options));
    }

    /// Upload bytes in memory and wait until they are stored. They are not copied.
    ferry::filelink upload_bytes(bytes_view bytes, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_bytes, held_.get(), detail::address(bytes), bytes.size(),
                    detail::c_upload(options));
    }

    /// Upload what `read` provides while it is read, and wait until it is stored. This thread reads; until a
    /// part is stored, an unlinked temporary file keeps it: at most 64 MiB, or four parts if those are more.
    /// Without a `size` everything is read first, since the service must be told the size at the start;
    /// progress then reports the bytes read. Data of another length than `size` throws `errc::file_changed`.
    ferry::filelink upload_reader(const read_fn &read, const upload_options &options = {},
                                  std::optional<std::uint64_t> size = {}) const {
        return link(ferry_filestack_upload_reader, held_.get(), detail::c_reader::run, detail::c_reader(read),
                    size.value_or(FERRY_SIZE_UNKNOWN), detail::c_upload(options));
    }
    ferry::filelink upload_reader(std::istream &in, const upload_options &options = {},
                                  std::optional<std::uint64_t> size = {}) const {
        return upload_reader(detail::reader_of(in), options, size);
    }

    /// Have the service fetch and store the file at `url`. Of the options it uses where and how to store, the
    /// tags, the callback and the deadline. It is repeated only if it has surely not arrived.
    ferry::filelink upload_url(std::string_view url, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_url, held_.get(), detail::c_text(url), detail::c_upload(options));
    }

    /// Prepare the upload of a file, which can be paused, interrupted and run again. Nothing is sent.
    upload new_upload(const std::filesystem::path &path, const upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_upload>(options, detail::c_upload::kind::file);
        auto made = detail::make<upload::owned>(ferry_filestack_upload_new, held_.get(),
                                                 detail::c_path(path), *c);
        return upload(std::move(made), std::move(c), path);
    }

    /// Prepare the upload of a token (`upload::token`), of the file at `path` or a copy of it: its run sends
    /// what the service lacks, and compares what it has with the file. Nothing is sent.
    ///
    /// The token says what is stored and how. Options may set `concurrency`, `bytes_per_second`, `security`,
    /// `on_progress`, `deadline`, `journal_dir` and `restart`. Throws `errc::invalid_argument` if the token
    /// is cut, altered, of another version, service or account, or of a file of another size.
    upload resume_upload(const std::filesystem::path &path, std::string_view token,
                         const upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_upload>(options, detail::c_upload::kind::file);
        auto made = detail::make<upload::owned>(ferry_filestack_upload_resume, held_.get(),
                                                 detail::c_path(path), detail::c_text(token), *c);
        return upload(std::move(made), std::move(c), path);
    }

    /// Upload many files and wait until all of them are stored. Returns their filelinks in the order of the
    /// items. They share threads and connections, so small files cost little more than their bytes. Items are
    /// a vector of `batch_item`, as in `{"a.jpg", {"b.jpg", options}}`, or any range of items or paths, such
    /// as a `std::filesystem::directory_iterator`.
    ///
    /// One file's failure does not stop the others. If any is not stored, a `batch_error` tells what became
    /// of each; what a callback throws comes out as it is. The next call begins with all of them, unless the
    /// options have a `journal_dir`: then it goes on, in another process too. If there are no items, an
    /// option is refused or an item is there twice, it throws `errc::invalid_argument` and sends nothing.
    std::vector<ferry::filelink> upload_many(const std::vector<batch_item> &items,
                                             const upload_options &options = {}) const {
        return new_upload_many(items, options).store_all();
    }
    template <class Items, std::enable_if_t<detail::is_list_of_items_v<Items>, int> = 0>
    std::vector<ferry::filelink> upload_many(Items &&items, const upload_options &options = {}) const {
        return upload_many(detail::items_of(items), options);
    }

    /// Prepare the upload of many files, which can be paused, interrupted and run again. Nothing is sent. Its
    /// `results` tell what has become of them at any time. It has no token.
    upload new_upload_many(const std::vector<batch_item> &items, const upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_batch>(options);
        const detail::c_items list(items);
        auto made = detail::make<upload::owned>(ferry_filestack_upload_batch_new, held_.get(), list,
                                                 list.size(), *c, c->on_item(), c->data());
        c->belongs_to(made.get());
        return upload(std::move(made), std::move(c));
    }
    template <class Items, std::enable_if_t<detail::is_list_of_items_v<Items>, int> = 0>
    upload new_upload_many(Items &&items, const upload_options &options = {}) const {
        return new_upload_many(detail::items_of(items), options);
    }

    /// Make the filelink of a stored file from its handle. Nothing is sent.
    ferry::filelink filelink(std::string_view by_handle) const {
        return link(ferry_filelink_new, held_.get(), detail::c_text(by_handle));
    }

    /// Create a chain without tasks. `source` is the handle of a file, an http or https URL, or a storage
    /// alias "src://alias/path".
    ferry::transform transform(std::string_view source) const {
        return chain(ferry_transform_new, held_.get(), detail::c_text(source));
    }
    ferry::transform transform(const ferry::filelink &source) const { return transform(source.handle()); }

    /// Create a chain over several sources, for the tasks that join files: collage, animate, zip.
    ferry::transform transform_list(const std::vector<std::string> &sources) const {
        const detail::c_texts list(sources);
        return chain(ferry_transform_new_list, held_.get(), list, list.size());
    }

    /// Create a chain that starts with a screenshot of the page at `url`.
    ferry::transform screenshot(std::string_view url, const tasks::urlscreenshot &params = {}) const {
        return transform(url).urlscreenshot(params);
    }
    /// The same, with the parameters as in a URL: "agent:mobile,width:400".
    ferry::transform screenshot(std::string_view url, std::string_view params) const {
        return chain(ferry_filestack_screenshot, held_.get(), detail::c_text(url),
                     detail::c_optional(params));
    }

    /// Download 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to `path`, and
    /// return its length.
    std::uint64_t zip(const std::vector<std::string> &sources, const std::filesystem::path &path,
                      const request_options &options = {}) const {
        const detail::c_texts list(sources);
        std::uint64_t bytes = 0;
        detail::call(ferry_filestack_zip, held_.get(), list, list.size(), detail::c_path(path),
                     detail::c_request(options), &bytes);
        return bytes;
    }

    /// Start a workflow on a file: a handle or an http or https URL. `workflow_status` takes the "jobid" of
    /// the answer.
    value workflow_run(std::string_view workflow_id, std::string_view source,
                       const request_options &options = {}) const {
        return detail::make_value(ferry_filestack_workflow_run, held_.get(), detail::c_text(workflow_id),
                                  detail::c_text(source), detail::c_request(options));
    }

    /// Get the state of a job: "status" is "Started", "Finished" or "Failed", "results" has what each task
    /// returned.
    value workflow_status(std::string_view job_id, const request_options &options = {}) const {
        return detail::make_value(ferry_filestack_workflow_status, held_.get(), detail::c_text(job_id),
                                  detail::c_request(options));
    }

    /// Send a request for which there is no method, and return the whole response.
    ///
    /// `method` is GET, HEAD, PUT, DELETE, POST or PATCH. `target` is a path below the base URL of the REST
    /// API, "/file/HANDLE", or a URL at one of the client's hosts. `body` is JSON; empty: none. Policy and
    /// signature are added to the query if there is a security; the API key is not. A status that is not 2xx
    /// throws `errc::http`. A POST or PATCH is repeated only if it has surely not arrived.
    response request(std::string_view method, std::string_view target, const object &body = {},
                     const request_options &options = {}) const {
        return detail::make_object<response>(ferry_filestack_request, held_.get(), detail::c_text(method),
                                     detail::c_text(target), detail::c_optional(body.text()),
                                     detail::c_request(options));
    }

private:
    using owned = detail::owned<ferry_filestack, ferry_filestack_free>;
    using shared = detail::shared<ferry_filestack, ferry_filestack_free>;

    template <class... Arguments> static ferry::filelink link(const Arguments &...arguments) {
        return detail::make_object<ferry::filelink>(arguments...);
    }
    template <class... Arguments> static ferry::transform chain(const Arguments &...arguments) {
        return detail::make_object<ferry::transform>(arguments...);
    }

    shared held_;
};

} // namespace ferry
