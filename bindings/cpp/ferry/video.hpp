#pragma once

#include <string_view>
#include <vector>

#include "encoding.hpp"
#include "profile.hpp"
#include "telestream_object.hpp"

namespace ferry {

/// A file that was sent to a factory: a video of Telestream.
class video : public telestream_object {
public:
    /// Ask for it anew.
    void refresh(const telestream_request_options &options = {}) {
        learn(find_this(FERRY_VIDEOS, {}, options));
    }

    /// Wait until the service has stored it. Its encodings may still be under way. The service is asked with
    /// pauses from 1 to 5 seconds, without end unless there is a deadline, which is that of the whole wait;
    /// so with the next one. Throws `errc::http` with the service's reason if the video has failed.
    void wait(const telestream_request_options &options = {}) {
        learn(ask_this(ferry_telestream_video_wait, options));
    }

    /// Wait until it is stored and none of its encodings is under way. Returns the encodings, also those that
    /// have failed, whose "status" is "fail". Progress is told in percent: 100 for each.
    std::vector<encoding> wait_encodings(const telestream_request_options &options = {}) const {
        return objects<encoding>(ask_this(ferry_telestream_video_encodings_wait, options));
    }

    /// List its encodings; parameters as of `factory::encodings_page`.
    std::vector<encoding> encodings(const object &params = {},
                                    const telestream_request_options &options = {}) const {
        return objects<encoding>(ask(ferry_telestream_video_encodings, options, factory(),
                                     detail::c_text(id()), detail::json_of(params)));
    }

    /// Encode it as a profile says. `members` are what the encoding has beside these two.
    encoding encode(const profile &as, object members = {},
                    const telestream_request_options &options = {}) const {
        return encode("profile_id", as.id(), std::move(members), options);
    }
    /// The same, by the name of the profile.
    encoding encode(std::string_view profile_name, object members = {},
                    const telestream_request_options &options = {}) const {
        return encode("profile_name", profile_name, std::move(members), options);
    }

    /// Get what the service has read from its file: duration, codecs, sizes.
    value metadata(const telestream_request_options &options = {}) const {
        return ask_this(ferry_telestream_video_metadata, options);
    }

    /// Delete the file that it was made from, and keep its encodings. Returns the answer, null if it has no
    /// body; so with the next one.
    value delete_source(const telestream_request_options &options = {}) const {
        return ask_this(ferry_telestream_video_delete_source, options);
    }

    /// Delete it with all its files.
    value remove(const telestream_request_options &options = {}) const {
        return remove_this(FERRY_VIDEOS, options);
    }

private:
    friend class factory;
    friend class telestream_object;
    using telestream_object::telestream_object;

    encoding encode(std::string_view by, std::string_view profile, object members,
                    const telestream_request_options &options) const {
        members.set("video_id", id()).set(by, profile);
        return {client(), factory_id(),
                ask(ferry_telestream_create, options, FERRY_ENCODINGS, factory(), detail::json_of(members))};
    }
};

} // namespace ferry
