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

#include "bytes.hpp"
#include "call.hpp"
#include "filelink.hpp"
#include "request.hpp"
#include "security.hpp"
#include "transform.hpp"
#include "upload.hpp"
#include "value.hpp"

namespace ferry {

/// Of a Filestack client.
struct filestack_options {
    /// Goes with every call that does not bring its own.
    ferry::security security = {};
    /// Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox"; "S3" if not given.
    std::string storage = {};
    /// Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    std::string cname = {};
    /// One origin for every role, e.g. a gateway or the local cloud. Plain http is used only to this machine or where such a URL asks for it.
    std::string base_url = {};
    /// Each of these wins over `base_url`: the upload API, file delivery and transformations, the REST API with its path "/api", the process API.
    std::string upload_url = {};
    std::string cdn_url = {};
    std::string api_url = {};
    std::string process_url = {};
    connection_options connection = {};
};

/// A Filestack account and its connections. Used by any number of threads at once. What is made from it may outlive it.
class filestack {
public:
    /// The client of the application with this API key. Nothing is sent.
    explicit filestack(std::string_view apikey, const filestack_options &options = {}) {
        const detail::c_connection connection(options.connection);
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
        held_ = detail::make<handle>(ferry_filestack_new, detail::c_text(apikey), &c);
    }

    /// Uploads a file and waits for it.
    ferry::filelink upload_file(const std::filesystem::path &path, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_file, held_.get(), detail::c_text(path.string()), detail::c_upload(options));
    }

    /// Uploads bytes in memory and waits. They are not copied.
    ferry::filelink upload_bytes(bytes_view bytes, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_bytes, held_.get(), detail::address(bytes), bytes.size(), detail::c_upload(options));
    }

    /// Uploads what `read` gives and waits. It goes into an unlinked temporary file first, so that memory does not grow with it and parts can be
    /// sent again. Data of another length than `size` is `errc::file_changed`.
    ferry::filelink upload_reader(const read_fn &read, const upload_options &options = {}, std::optional<std::uint64_t> size = {}) const {
        return link(ferry_filestack_upload_reader, held_.get(), detail::c_reader::run, detail::c_reader(read),
                    size.value_or(FERRY_SIZE_UNKNOWN), detail::c_upload(options));
    }
    ferry::filelink upload_reader(std::istream &in, const upload_options &options = {}, std::optional<std::uint64_t> size = {}) const {
        return upload_reader(detail::reader_of(in), options, size);
    }

    /// Has the service fetch and store the file at `url`. Of the options those count that say where and how to store, the tags, and the callback.
    ferry::filelink upload_url(std::string_view url, const upload_options &options = {}) const {
        return link(ferry_filestack_upload_url, held_.get(), detail::c_text(url), detail::c_upload(options));
    }

    /// Prepares the upload of a file, which can be paused and run again; nothing is sent.
    upload new_upload(const std::filesystem::path &path, const upload_options &options = {}) const {
        auto c = std::make_unique<detail::c_upload>(options);
        auto made = detail::make<upload::handle>(ferry_filestack_upload_new, held_.get(), detail::c_text(path.string()), *c);
        return upload(std::move(made), std::move(c));
    }

    /// The filelink of a stored file by its handle. Nothing is sent.
    ferry::filelink filelink(std::string_view of) const { return link(ferry_filelink_new, held_.get(), detail::c_text(of)); }

    /// A chain without tasks yet. `source` is a file's handle, an http or https URL, or a storage alias "src://alias/path".
    ferry::transform transform(std::string_view source) const {
        return chain(ferry_transform_new, held_.get(), detail::c_text(source));
    }
    ferry::transform transform(const ferry::filelink &source) const { return transform(source.handle()); }

    /// A chain over several files, for the tasks that join them: collage, animate, zip.
    ferry::transform transform_list(const std::vector<std::string> &sources) const {
        const detail::c_texts list(sources);
        return chain(ferry_transform_new_list, held_.get(), list, list.size());
    }

    /// A chain that starts with a screenshot of the page at `url`.
    ferry::transform screenshot(std::string_view url, const tasks::urlscreenshot &params = {}) const {
        return transform(url).urlscreenshot(params);
    }
    /// The same, the parameters as in a URL: "agent:mobile,width:400".
    ferry::transform screenshot(std::string_view url, std::string_view params) const {
        return chain(ferry_filestack_screenshot, held_.get(), detail::c_text(url), detail::c_optional(params));
    }

    /// Downloads 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to `path`; the number of bytes.
    std::uint64_t zip(const std::vector<std::string> &sources, const std::filesystem::path &path, const request_options &options = {}) const {
        const detail::c_texts list(sources);
        std::uint64_t bytes = 0;
        detail::call(ferry_filestack_zip, held_.get(), list, list.size(), detail::c_text(path.string()), detail::c_request(options), &bytes);
        return bytes;
    }

    /// Starts a workflow on a file, a handle or an http or https URL. `workflow_status` takes the "jobid" of the answer.
    value workflow_run(std::string_view workflow_id, std::string_view source, const request_options &options = {}) const {
        return detail::make_value(ferry_filestack_workflow_run, held_.get(), detail::c_text(workflow_id), detail::c_text(source),
                                  detail::c_request(options));
    }

    /// How far a workflow's job has come: "status" is "Started", "Finished" or "Failed", "results" has what each task gave.
    value workflow_status(std::string_view job_id, const request_options &options = {}) const {
        return detail::make_value(ferry_filestack_workflow_status, held_.get(), detail::c_text(job_id), detail::c_request(options));
    }

private:
    using handle = detail::owned<ferry_filestack, ferry_filestack_free>;

    template <class... Arguments> static ferry::filelink link(const Arguments &...arguments) {
        return ferry::filelink(detail::make<ferry::filelink::handle_type>(arguments...));
    }
    template <class... Arguments> static ferry::transform chain(const Arguments &...arguments) {
        return ferry::transform(detail::make<ferry::transform::handle>(arguments...));
    }

    handle held_;
};

} // namespace ferry
