#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "call.hpp"
#include "value.hpp"

namespace ferry {

/// An upload that is not over, as its journal tells it: a file in the folder that `journal_dir` of its
/// options names.
struct journal {
    /// The name of its file, without ending.
    std::string id;
    /// "filestack" or "telestream".
    std::string service;
    /// The file that is uploaded. Empty for a batch, whose files have journals of their own while they are
    /// under way.
    std::filesystem::path path;
    /// Its size in bytes, with the extra files of a video.
    std::uint64_t size;
    /// Bytes that the service has confirmed, and that are not sent again.
    std::uint64_t bytes_stored;
    std::chrono::system_clock::time_point begun;
    /// When it was last written.
    std::chrono::system_clock::time_point changed;
    /// Whether an upload holds it, in any process.
    bool in_use;
    /// Number of files of a batch. 0 outside of a batch.
    std::uint64_t files;
    /// Files of a batch that are stored.
    std::uint64_t files_stored;

    /// Read the journals of a folder, oldest upload first. A folder that is not there has none.
    static std::vector<journal> list(const std::filesystem::path &dir) {
        std::vector<journal> found;
        for (const value &it : detail::make_value(ferry_journal_list, detail::c_path(dir))) {
            found.push_back({it["id"].to_string(), it["service"].to_string(), detail::path_of(it["path"].to_string()),
                             number(it["size"]), number(it["bytes_stored"]), time(it["begun"]),
                             time(it["changed"]), it["in_use"].to_bool(), number(it["files"]),
                             number(it["files_stored"])});
        }
        return found;
    }

    /// Remove the journals that nobody holds and that have not changed for so long; 0 removes all of them.
    /// Their uploads cannot go on then. Nothing is sent. Returns how many.
    static std::uint64_t prune(const std::filesystem::path &dir, std::chrono::seconds older_than) {
        if (older_than.count() < 0) {
            throw error(errc::invalid_argument, "older_than is less than 0");
        }
        std::uint64_t removed = 0;
        detail::call(ferry_journal_prune, detail::c_path(dir),
                     static_cast<std::uint64_t>(older_than.count()), &removed);
        return removed;
    }

private:
    static std::uint64_t number(const value &it) { return static_cast<std::uint64_t>(it.to_int()); }
    static std::chrono::system_clock::time_point time(const value &it) {
        return std::chrono::system_clock::time_point(std::chrono::seconds(it.to_int()));
    }
};

} // namespace ferry
