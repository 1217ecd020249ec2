/// Uploads on threads of their own. Not part of ferry.hpp, since `<future>` takes a compiler as long as that.
///
/// A future gives what the call returns, or throws what it throws. Its destructor waits for the end, as that
/// of every `std::async` does: stop a call before by `stop` of its options. Callbacks run on the new thread.
#pragma once

#include <filesystem>
#include <future>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "batch.hpp"
#include "bytes.hpp"
#include "filelink.hpp"
#include "filestack.hpp"
#include "upload.hpp"

namespace ferry {

inline std::future<filelink> upload_file_async(filestack client, std::filesystem::path path,
                                               upload_options options = {}) {
    return std::async(std::launch::async,
                      [client = std::move(client), path = std::move(path), options = std::move(options)] {
                          return client.upload_file(path, options);
                      });
}

/// A container or an array is copied or moved into the call. What is behind a view, a pointer or a
/// `std::span` is not, and must stay as it is until the end.
template <class Bytes, class = decltype(bytes_view(std::declval<Bytes &>()))>
std::future<filelink> upload_bytes_async(filestack client, Bytes &&bytes, upload_options options = {}) {
    if constexpr (std::is_array_v<std::remove_reference_t<Bytes>>) { // whose copy would be a pointer
        return upload_bytes_async(std::move(client), std::string(bytes_view(bytes).text()),
                                  std::move(options));
    } else {
        return std::async(std::launch::async, [client = std::move(client),
                                               bytes = std::forward<Bytes>(bytes),
                                               options = std::move(options)] {
            return client.upload_bytes(bytes, options);
        });
    }
}

inline std::future<std::vector<filelink>> upload_many_async(filestack client, std::vector<batch_item> items,
                                                            upload_options options = {}) {
    return std::async(std::launch::async,
                      [client = std::move(client), items = std::move(items), options = std::move(options)] {
                          return client.upload_many(items, options);
                      });
}

/// The same as `upload::run`. The upload must live until the end.
inline std::future<bool> run_async(upload &upload, stop_signal stop = {}) {
    return std::async(std::launch::async, [&upload, stop = std::move(stop)] { return upload.run(stop); });
}

} // namespace ferry
