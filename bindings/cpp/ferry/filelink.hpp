#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "bytes.hpp"
#include "call.hpp"
#include "request.hpp"
#include "security.hpp"
#include "value.hpp"
#include "writer.hpp"

namespace ferry {

/// A stored file; `filestack` makes it. Any number of threads may use it at the same time. The file stays
/// when this object ends.
class filelink {
public:
    using owned = detail::owned<ferry_filelink, ferry_filelink_free>;

    /// Take over a filelink of the C interface.
    explicit filelink(ferry_filelink *handle) noexcept : held_(handle) {}
    /// For a call of the C interface; NULL if this object was moved from.
    const ferry_filelink *get() const noexcept { return held_.get(); }
    /// Give the handle up; the caller frees it with `ferry_filelink_free`.
    ferry_filelink *release() noexcept { return held_.release(); }

    /// The handle, which is the last element of the URL.
    std::string handle() const { return ferry_filelink_handle(held_.get()); }

    /// The URL without a signature.
    std::string url() const { return ferry_filelink_url(held_.get()); }

    /// The URL with a policy and its signature: those of `by`, or of the client if it is empty.
    std::string signed_url(const security &by = {}) const {
        return detail::make_string(ferry_filelink_signed_url, held_.get(), by.get());
    }

    /// Download the file to `path`, replacing what is there, and return its length. The bytes go into a
    /// temporary file in the same folder, so `path` is either new and whole or untouched.
    std::uint64_t download(const std::filesystem::path &path, const request_options &options = {}) const {
        std::uint64_t bytes = 0;
        detail::call(ferry_filelink_download, held_.get(), detail::c_path(path),
                     detail::c_request(options), &bytes);
        return bytes;
    }

    /// Download the file into memory, at most 1 GiB.
    bytes content(const request_options &options = {}) const {
        return detail::make_object<bytes>(ferry_filelink_content, held_.get(), detail::c_request(options));
    }

    /// Download the file and pass it on piece by piece, each byte once. Returns its length. After a cut only
    /// the rest is asked for.
    std::uint64_t stream(const write_fn &write, const request_options &options = {}) const {
        std::uint64_t bytes = 0;
        detail::call(ferry_filelink_stream, held_.get(), detail::c_writer::run, detail::c_writer(write),
                     detail::c_request(options), &bytes);
        return bytes;
    }
    std::uint64_t stream(std::ostream &out, const request_options &options = {}) const {
        return stream(detail::write_to(out), options);
    }

    /// Ask the service for what it knows of the file. `attributes` is a list such as "size,filename,md5"; "":
    /// those that the service chooses.
    value metadata(std::string_view attributes = {}, const request_options &options = {}) const {
        return detail::make_value(ferry_filelink_metadata, held_.get(), detail::c_optional(attributes),
                                  detail::c_request(options));
    }

    /// What the service said when the file was stored; only the handle if the filelink was made from one.
    value answer() const { return detail::make_value(ferry_filelink_answer, held_.get()); }

    /// Delete the file. Needs a security, of `options` or of the client.
    void remove(const request_options &options = {}) const {
        detail::call(ferry_filelink_delete, held_.get(), false, detail::c_request(options));
    }

    /// Delete the handle, and leave the object in the storage. Needs a security.
    void remove_handle(const request_options &options = {}) const {
        detail::call(ferry_filelink_delete, held_.get(), true, detail::c_request(options));
    }

    /// Replace the content of the stored file by that of a local file. Its name and type stay. Needs a
    /// security; so with the next two.
    void overwrite_file(const std::filesystem::path &path, const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_file, held_.get(), detail::c_path(path),
                     detail::c_request(options));
    }

    /// Replace the content by bytes in memory.
    void overwrite_bytes(bytes_view bytes, const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_bytes, held_.get(), detail::address(bytes), bytes.size(),
                     detail::c_request(options));
    }

    /// Replace the content by what the service finds at `url`, decoded if that is base64 text.
    void overwrite_url(std::string_view url, bool base64decode = false,
                       const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_url, held_.get(), detail::c_text(url), base64decode,
                     detail::c_request(options));
    }

private:
    owned held_;
};

} // namespace ferry
