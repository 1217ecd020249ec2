#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "bytes.hpp"
#include "call.hpp"
#include "request.hpp"
#include "security.hpp"
#include "value.hpp"

namespace ferry {

/// A file in the cloud; `filestack` makes it. Used by any number of threads at once. The file stays when it ends.
class filelink {
public:
    using handle_type = detail::owned<ferry_filelink, ferry_filelink_free>;

    explicit filelink(handle_type held) : held_(std::move(held)) {}

    /// The last element of the URL.
    std::string handle() const { return ferry_filelink_handle(held_.get()); }
    /// The address, never signed.
    std::string url() const { return ferry_filelink_url(held_.get()); }

    /// The address with a policy and its signature: those of `by`, else those it was made with.
    std::string signed_url(const security &by = {}) const {
        return detail::make_string(ferry_filelink_signed_url, held_.get(), by.get());
    }

    /// Downloads the file to `path`, replacing what is there once all bytes have come; the number of bytes.
    std::uint64_t download(const std::filesystem::path &path, const request_options &options = {}) const {
        std::uint64_t bytes = 0;
        detail::call(ferry_filelink_download, held_.get(), detail::c_text(path.string()), detail::c_request(options), &bytes);
        return bytes;
    }

    /// The file in memory, at most 1 GiB.
    bytes content(const request_options &options = {}) const {
        return bytes(detail::make<bytes::handle>(ferry_filelink_content, held_.get(), detail::c_request(options)));
    }

    /// What the service knows of the file. `attributes` is a list such as "size,filename,md5"; "" for the service's choice.
    value metadata(std::string_view attributes = {}, const request_options &options = {}) const {
        return detail::make_value(ferry_filelink_metadata, held_.get(), detail::c_optional(attributes), detail::c_request(options));
    }

    /// What the service said when the file was stored; only the handle if the filelink was made from one.
    value answer() const { return detail::make_value(ferry_filelink_answer, held_.get()); }

    /// Deletes the file; needs a security.
    void remove(const request_options &options = {}) const {
        detail::call(ferry_filelink_delete, held_.get(), false, detail::c_request(options));
    }
    /// Deletes the handle, and leaves the object in the storage; needs a security.
    void remove_handle(const request_options &options = {}) const {
        detail::call(ferry_filelink_delete, held_.get(), true, detail::c_request(options));
    }

    /// Replaces the bytes of the stored file by those of a local one; needs a security, like the next two. Name and type stay.
    void overwrite_file(const std::filesystem::path &path, const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_file, held_.get(), detail::c_text(path.string()), detail::c_request(options));
    }
    void overwrite_bytes(bytes_view bytes, const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_bytes, held_.get(), detail::address(bytes), bytes.size(), detail::c_request(options));
    }
    /// With what the service finds at `url`; `base64decode` if that is base64 text, to be stored decoded.
    void overwrite_url(std::string_view url, bool base64decode = false, const request_options &options = {}) const {
        detail::call(ferry_filelink_overwrite_url, held_.get(), detail::c_text(url), base64decode, detail::c_request(options));
    }

private:
    handle_type held_;
};

} // namespace ferry
