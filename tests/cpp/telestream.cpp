/// Telestream: what is signed, what is sent, and what comes back, with a service that notes each request and answers `{"id": "a1"}`.
#include <thread>
#include <vector>

#include "test.hpp"

class service {
public:
    service() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address_;
        auto *address = reinterpret_cast<sockaddr *>(&address_);
        if (bind(listener_, address, length) != 0 || listen(listener_, 8) != 0 || getsockname(listener_, address, &length) != 0) {
            throw std::runtime_error("no port");
        }
        thread_ = std::thread([this] {
            for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0; close(connection)) {
                serve(connection);
            }
        });
    }
    ~service() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

    /// Method and target, then the body; of the newest request, once it has been answered.
    std::string said;

private:
    void serve(int connection) {
        std::string request;
        std::size_t end = std::string::npos, length = 0;
        char buffer[4096];
        while (end == std::string::npos || request.size() < end + 4 + length) {
            const ssize_t count = read(connection, buffer, sizeof buffer);
            if (count <= 0) {
                return;
            }
            request.append(buffer, static_cast<std::size_t>(count));
            end = request.find("\r\n\r\n");
            const std::size_t at = request.find("content-length: ");
            length = at < end ? std::stoul(request.substr(at + 16)) : 0;
        }
        said = request.substr(0, request.find(" HTTP/1.1")) + " " + request.substr(end + 4);
        const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{\"id\": \"a1\"}";
        CHECK(write(connection, answer, sizeof answer - 1) > 0);
    }

    int listener_;
    sockaddr_in address_{};
    std::thread thread_;
};

static void signed_parameters() {
    ferry::telestream_options options;
    options.factory_id = "f1";
    const ferry::telestream client("access", "secret", options);
    const std::string json = client.signed_params("POST", "/videos.json", {{"n", 5}, {"file", "a.mp4"}}, "2016-01-04T11:10:51+00:00");
    CHECK(has(json, "\"factory_id\"") && has(json, "a.mp4") && has(json, "\"signature\"") && has(json, "2016-01-04T11:10:51+00:00"));
    CHECK(json != client.signed_params("POST", "/videos.json"));
    THROWS(client.signed_params("PATCH", "/videos.json"), invalid_argument);
    THROWS(client.signed_params("GET", "/videos.json", "not JSON"), invalid_argument);
    THROWS(ferry::telestream("", "secret"), invalid_argument);
}

static void calls() {
    using resource = ferry::resource;
    service service;
    ferry::telestream_options options;
    options.factory_id = "f1";
    options.base_url = service.url();
    const ferry::telestream client("access", "secret", options);
    const auto said = [&](const ferry::value &answer, const std::string &request, const std::string &part = "factory_id=f1") {
        CHECK_EQ(answer["id"], "a1");
        CHECK(has(service.said, request) && has(service.said, part) && has(service.said, "signature="));
    };
    said(client.request("GET", "/videos.json", {{"page", 2}}), "GET /v3.0/videos.json?", "page=2");
    said(client.list(resource::videos, {{"page", 3}}), "GET /v3.0/videos.json?", "page=3");
    said(client.list(resource::profiles, {}, "f2"), "GET /v3.0/profiles.json?", "factory_id=f2");
    said(client.find(resource::encodings, "e1", {{"screenshots", true}}), "GET /v3.0/encodings/e1.json?", "screenshots=true");
    said(client.create(resource::videos, {{"source_url", "http://example.com/a.mp4"}}), "POST /v3.0/videos.json", "source_url=");
    said(client.update(resource::profiles, "p1", {{"width", 320}}), "PUT /v3.0/profiles/p1.json", "width=320");
    said(client.remove(resource::videos, "v1"), "DELETE /v3.0/videos/v1.json");
    said(client.video_encodings("v1", {{"page", 2}}), "GET /v3.0/videos/v1/encodings.json", "page=2");
    said(client.video_metadata("v1"), "GET /v3.0/videos/v1/metadata.json");
    said(client.video_delete_source("v1"), "DELETE /v3.0/videos/v1/source.json");
    said(client.encoding_retry("e1"), "POST /v3.0/encodings/e1/retry.json");
    said(client.encoding_cancel("e1", "f2"), "POST /v3.0/encodings/e1/cancel.json", "factory_id=f2");
    said(client.notifications(), "GET /v3.0/notifications.json");
    said(client.notifications_update({{"events", ferry::object{{"video_created", true}}}}), "PUT /v3.0/notifications.json", "video_created");
    THROWS(client.remove(resource::factories, "f1"), invalid_argument);
}

int main() {
    return test(signed_parameters, calls);
}
