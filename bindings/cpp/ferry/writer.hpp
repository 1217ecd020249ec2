#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>

#include "bytes.hpp"
#include "call.hpp"
#include "error.hpp"

namespace ferry {

/// Receives the next bytes of a result.
using write_fn = std::function<void(bytes_view piece)>;

namespace detail {

class c_writer : public callback {
public:
    c_writer(const write_fn &write) : write_(write) {}
    operator void *() const noexcept { return const_cast<c_writer *>(this); }

    static std::int32_t run(const void *data, std::size_t size, void *user_data) {
        auto &self = *static_cast<c_writer *>(user_data);
        return self.guarded(1, [&] {
            self.write_({static_cast<const std::byte *>(data), size});
            return 0;
        });
    }

private:
    const write_fn &write_;
};

inline write_fn write_to(std::ostream &out) {
    return [&out](bytes_view piece) {
        if (!out.write(piece.text().data(), static_cast<std::streamsize>(piece.size()))) {
            throw error(errc::io, "the stream takes no more");
        }
    };
}

} // namespace detail

} // namespace ferry
