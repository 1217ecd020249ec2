#pragma once

#include "telestream_object.hpp"

namespace ferry {

/// How a factory encodes: a profile of Telestream.
class profile : public telestream_object {
public:
    /// Ask for it anew; with `{{"expand", true}}` for more of it.
    void refresh(const object &params = {}, const telestream_request_options &options = {}) {
        learn(find_this(FERRY_PROFILES, params, options));
    }

    /// Change the given members.
    void update(const object &members, const telestream_request_options &options = {}) {
        learn(update_this(FERRY_PROFILES, members, options));
    }

    /// Delete it. Returns the answer, null if it has no body.
    value remove(const telestream_request_options &options = {}) const {
        return remove_this(FERRY_PROFILES, options);
    }

private:
    friend class factory;
    friend class telestream_object;
    using telestream_object::telestream_object;
};

} // namespace ferry
