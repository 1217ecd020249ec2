#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "call.hpp"
#include "filelink.hpp"
#include "json.hpp"
#include "upload.hpp"
#include "value.hpp"

namespace ferry {

/// A file of a batch.
struct batch_item {
    /// The same path twice needs options of its own.
    std::filesystem::path path;
    /// What is stored, and where. None: as the options of the batch say. Those do not hold for an item that
    /// has its own, but `concurrency`, `bytes_per_second`, `on_progress`, `stop`, `on_item`, `deadline`,
    /// `journal_dir` and `restart` are for the batch as a whole, and are set there alone.
    std::optional<upload_options> options;

    /// From a path, a text or a `std::filesystem::directory_entry`.
    template <class Path,
              std::enable_if_t<std::is_convertible_v<const Path &, std::filesystem::path>, int> = 0>
    batch_item(const Path &of) : path(of) {}
    batch_item(std::filesystem::path of, upload_options own) : path(std::move(of)), options(std::move(own)) {}
};

/// What has become of a file of a batch: its filelink, or its error, or neither if the batch did not come to
/// it.
struct batch_result {
    std::filesystem::path path;
    std::optional<ferry::filelink> filelink;
    std::optional<ferry::error> error;
};

/// Thrown by `filestack::upload_many` if a file is not stored. It is the error of the first of the list that
/// failed, or what has ended the batch; `retryable` tells whether the same call can succeed for any. A copy
/// is cheap.
class batch_error : public error {
public:
    batch_error(const error &first, std::vector<batch_result> results)
        : error(first), results_(std::make_shared<const std::vector<batch_result>>(std::move(results))) {}

    /// What has become of each item, in their order. Valid while this error or a copy lives.
    const std::vector<batch_result> &results() const noexcept { return *results_; }

private:
    std::shared_ptr<const std::vector<batch_result>> results_;
};

namespace detail {

/// What has become of a file that has ended.
inline batch_result ended(const ferry_upload *upload, std::size_t index, std::filesystem::path path) {
    batch_result result{std::move(path), {}, {}};
    ferry_filelink *link = nullptr;
    ferry_error *cause = nullptr;
    const ferry_status status = ferry_upload_item_filelink(upload, index, &link, &cause);
    if (status == FERRY_OK) {
        result.filelink.emplace(link);
    } else {
        result.error.emplace(status, cause, result.path);
    }
    return result;
}

/// The options of a batch, with the callbacks of its runs.
class c_batch : public c_upload {
public:
    explicit c_batch(const upload_options &options)
        : c_upload(options, kind::batch), on_item_(options.on_item) {}

    ferry_item_fn on_item() const noexcept { return on_item_ ? tell : nullptr; }
    void *data() noexcept { return this; }

    /// The upload that calls.
    void belongs_to(const ferry_upload *upload) noexcept { upload_ = upload; }

private:
    /// What C lends cannot be kept, so the file is asked for once more.
    static std::int32_t tell(std::size_t index, const char *path, const ferry_filelink *, const ferry_error *,
                             void *user_data) {
        auto &self = *static_cast<c_batch *>(user_data);
        return self.guarded(1, [&] {
            const batch_result result = ended(self.upload_, index, path_of(path));
            const filelink *link = result.filelink ? &*result.filelink : nullptr;
            return self.on_item_(index, result.path, link, result.error ? &*result.error : nullptr) ? 0 : 1;
        });
    }

    item_fn on_item_;
    const ferry_upload *upload_ = nullptr;
};

/// The items of a batch: pass it and its `size()`.
class c_items {
public:
    explicit c_items(const std::vector<batch_item> &items) {
        paths_.reserve(items.size());
        items_.reserve(items.size());
        for (const batch_item &item : items) {
            check_text(paths_.emplace_back(utf8(item.path)));
            const ferry_upload_options *own = nullptr;
            if (item.options) {
                own = *options_.emplace_back(std::make_unique<c_upload>(*item.options, c_upload::kind::item));
            }
            items_.push_back({paths_.back().c_str(), own});
        }
    }
    operator const ferry_batch_item *() const noexcept { return items_.data(); }
    std::size_t size() const noexcept { return items_.size(); }

private:
    std::vector<std::string> paths_;
    std::vector<std::unique_ptr<c_upload>> options_;
    std::vector<ferry_batch_item> items_;
};

template <class List, class = void> struct is_list_of_items : std::false_type {};
template <class List>
struct is_list_of_items<List, std::void_t<element_of<List>, decltype(end(std::declval<List &>()))>>
    : std::bool_constant<std::is_convertible_v<element_of<List>, batch_item> &&
                         !std::is_convertible_v<List &, std::filesystem::path> &&
                         !std::is_same_v<std::remove_const_t<List>, std::vector<batch_item>>> {};

/// A list of paths, which is no path itself, or of items.
template <class List>
constexpr bool is_list_of_items_v = is_list_of_items<std::remove_reference_t<List>>::value;

template <class List> std::vector<batch_item> items_of(List &&list) {
    std::vector<batch_item> items;
    for (auto &&item : list) {
        items.emplace_back(item);
    }
    return items;
}

} // namespace detail

inline std::vector<batch_result> upload::results() const {
    ferry_value *out = nullptr;
    (void)ferry_upload_result(held_.get(), &out, nullptr);
    const value report(out);
    if (report.type() != value::kind::array) {
        (void)item_filelink(0); // an upload of one file has no items, and throws
    }
    std::vector<batch_result> results;
    results.reserve(report.size());
    for (std::size_t index = 0; index < report.size(); index++) {
        const value item = report[index];
        std::filesystem::path path = detail::path_of(item["path"].to_string());
        if (item["filelink"] || item["error"]) {
            results.push_back(detail::ended(held_.get(), index, std::move(path)));
        } else {
            results.push_back({std::move(path), {}, {}});
        }
    }
    return results;
}

inline std::vector<filelink> upload::store_all() {
    ferry_error *cause = nullptr;
    const ferry_status status = ferry_upload_run(held_.get(), &cause);
    detail::owned<ferry_error, ferry_error_free> held(cause);
    detail::rethrow_all(*options_);
    std::vector<batch_result> all = results();
    if (status != FERRY_OK) {
        throw batch_error(error(status, held.release()), std::move(all));
    }
    std::vector<ferry::filelink> links;
    links.reserve(all.size());
    for (batch_result &one : all) {
        links.push_back(std::move(one.filelink).value());
    }
    return links;
}

} // namespace ferry
