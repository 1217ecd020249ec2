#pragma once

#include "telestream_object.hpp"

namespace ferry {

/// A video in the form that a profile asks for: an encoding of Telestream.
class encoding : public telestream_object {
public:
    /// Ask for it anew; with `{{"screenshots", true}}` for their addresses too.
    void refresh(const object &params = {}, const telestream_request_options &options = {}) {
        learn(find_this(FERRY_ENCODINGS, params, options));
    }

    /// Wait until it is done. The service is asked with pauses from 1 to 5 seconds, without end unless there
    /// is a deadline, which is that of the whole wait. Progress is told in percent: `bytes_done` of 100.
    /// Throws `errc::http` with the service's reason if it has failed.
    void wait(const telestream_request_options &options = {}) {
        learn(ask_this(ferry_telestream_encoding_wait, options));
    }

    /// Change the given members, with an API key alone.
    void update(const object &members, const telestream_request_options &options = {}) {
        learn(update_this(FERRY_ENCODINGS, members, options));
    }

    /// Start it again after it has failed. Returns the answer, null if it has no body; so with the next two.
    value retry(const telestream_request_options &options = {}) const {
        return ask_this(ferry_telestream_encoding_retry, options);
    }

    /// Stop it.
    value cancel(const telestream_request_options &options = {}) const {
        return ask_this(ferry_telestream_encoding_cancel, options);
    }

    /// Delete it.
    value remove(const telestream_request_options &options = {}) const {
        return remove_this(FERRY_ENCODINGS, options);
    }

private:
    friend class factory;
    friend class telestream_object;
    friend class video;
    using telestream_object::telestream_object;
};

} // namespace ferry
