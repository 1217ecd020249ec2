#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call.hpp"
#include "connection.hpp"
#include "json.hpp"
#include "progress.hpp"
#include "value.hpp"

namespace ferry {

/// Options of one call to Telestream.
struct telestream_request_options {
    progress_fn on_progress = {};
    /// Asked meanwhile, as often as progress is told; see `stop_signal`.
    stop_signal stop = {};
    /// Time limit of the whole call, retries included. 0: the client's.
    std::chrono::milliseconds deadline = {};
};

namespace detail {

class c_telestream_request : public c_options<ferry_request_options> {
public:
    c_telestream_request(const telestream_request_options &options)
        : c_options(ferry_request_options_init, options.on_progress, options.stop) {
        c.deadline_ms = milliseconds(options.deadline);
    }
};

using shared_telestream = shared<ferry_telestream, ferry_telestream_free>;

inline c_optional json_of(const object &params) {
    return c_optional(params.text());
}

} // namespace detail

/// What factories, videos, encodings and profiles of Telestream have in common: an id, and what the service
/// last said. They are made by a `telestream` client, which they share. A copy is cheap. Any number of
/// threads may use the `const` methods at the same time.
///
/// `params` and `members` are JSON objects. The last argument of every call that sends a request has a
/// deadline, a stop signal and a progress callback. A GET is repeated as often as `max_retries` says, a PUT,
/// PATCH or DELETE twice at most, a POST only if it has surely not arrived. Calls throw
/// `errc::invalid_argument`, before anything is sent, if an id or a parameter cannot be used, or if there is
/// no factory; `errc::http` if the service refuses.
class telestream_object {
public:
    /// The id; of a profile it may be its name, if it was made from that.
    const std::string &id() const noexcept { return id_; }

    /// The factory that it belongs to; "": the client's.
    const std::string &factory_id() const noexcept { return factory_id_; }

    /// What the service has said of it; null if it was made from an id and not asked for yet.
    const value &data() const noexcept { return data_; }

    /// A member of that.
    value operator[](std::string_view name) const { return data_[name]; }

protected:
    telestream_object(detail::shared_telestream client, std::string factory_id, std::string id)
        : client_(std::move(client)), factory_id_(std::move(factory_id)), id_(std::move(id)) {}
    telestream_object(detail::shared_telestream client, std::string factory_id, value data)
        : client_(std::move(client)), factory_id_(std::move(factory_id)) {
        learn(std::move(data));
    }

    const detail::shared_telestream &client() const noexcept { return client_; }

    /// Call a function of the client.
    template <class Function, class... Arguments>
    value ask(Function function, const telestream_request_options &options,
              const Arguments &...arguments) const {
        return detail::make_value(function, client_.get(), arguments...,
                                  detail::c_telestream_request(options));
    }

    /// Call a function of one object of the factory.
    template <class Function>
    value ask_this(Function function, const telestream_request_options &options) const {
        return ask(function, options, factory(), detail::c_text(id_));
    }

    value find_this(std::int32_t resource, const object &params,
                    const telestream_request_options &options) const {
        return ask(ferry_telestream_find, options, resource, factory(), detail::c_text(id_),
                   detail::json_of(params));
    }
    value update_this(std::int32_t resource, const object &members,
                      const telestream_request_options &options) const {
        return ask(ferry_telestream_update, options, resource, factory(), detail::c_text(id_),
                   detail::json_of(members));
    }
    value remove_this(std::int32_t resource, const telestream_request_options &options) const {
        return ask(ferry_telestream_delete, options, resource, factory(), detail::c_text(id_));
    }

    detail::c_optional factory() const { return detail::c_optional(factory_id_); }

    /// Objects of an answer.
    template <class Object> std::vector<Object> objects(const value &answer) const {
        std::vector<Object> found;
        found.reserve(answer.size());
        for (const value &one : answer) {
            found.push_back(Object(client_, factory_id_, one));
        }
        return found;
    }

    /// Keep what the service has said.
    void learn(value data) {
        data_ = std::move(data);
        if (std::string id = data_["id"].to_string(); !id.empty()) {
            id_ = std::move(id);
        }
    }

private:
    detail::shared_telestream client_;
    std::string factory_id_;
    std::string id_;
    value data_;
};

} // namespace ferry
