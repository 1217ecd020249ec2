/// Telestream: what is signed, resources, uploads that become videos, waiting for them, options of every
/// call.
#include <functional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "test.hpp"

using resource = ferry::resource;

static ferry::telestream_options local() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    return options;
}

/// A client of the first factory.
static ferry::telestream new_flip() {
    ferry::telestream_options options = local();
    const ferry::telestream client("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options);
    options.factory_id = client.list(resource::factories)[0]["id"].to_string();
    return {"LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options};
}

static void signed_parameters() {
    ferry::telestream_options options;
    options.factory_id = "f1";
    const ferry::telestream client("access", "secret", options);
    const std::string then = "2016-01-04T11:10:51+00:00";
    const ferry::object params{{"n", 5}, {"file", "a.mp4"}};
    const std::string json = client.signed_params("POST", "/videos.json", params, then);
    CHECK(has(json, "\"factory_id\"") && has(json, "a.mp4") && has(json, "\"signature\"") && has(json, then));
    CHECK(json != client.signed_params("POST", "/videos.json"));
    THROWS(client.signed_params("PATCH", "/videos.json"), invalid_argument);
    THROWS(client.signed_params("GET", "/videos.json", "not JSON"), invalid_argument);
    THROWS(ferry::telestream("", "secret"), invalid_argument);
}

static void resources() {
    const ferry::telestream client = new_flip();
    const ferry::value factories = client.list(resource::factories);
    CHECK_EQ(factories.size(), 2u);
    const std::string first = factories[0]["id"].to_string(), second = factories[1]["id"].to_string();
    CHECK_EQ(client.find(resource::factories, second)["name"], factories[1]["name"].to_string());
    CHECK_EQ(client.update(resource::factories, second, {{"name", "\xe2\x99\xa5"}})["name"], "\xe2\x99\xa5");
    const ferry::object members{{"preset_name", "h264"}, {"name", "mine"}};
    const ferry::value profile = client.create(resource::profiles, members);
    const std::string id = profile["id"].to_string();
    CHECK_EQ(client.update(resource::profiles, id, {{"width", 320}})["width"].to_int(), 320);
    CHECK_EQ(client.find(resource::profiles, "mine")["id"], id);
    CHECK_EQ(client.list(resource::profiles, {{"per_page", 1}}).size(), 1u);
    CHECK(client.list_all(resource::profiles, {{"per_page", 1}}).size() > 1);
    CHECK_EQ(client.request("GET", "/profiles.json", {{"per_page", 1}}).json().size(), 1u);
    client.remove(resource::profiles, id);
    CHECK_EQ(THROWS(client.find(resource::profiles, id), http).http_status(), 404);
    CHECK(client.list(resource::profiles, {}, {second}).size() > 0);
    client.notifications_update({{"delay", 2}, {"events", ferry::object{{"video_created", true}}}});
    CHECK_EQ(client.notifications()["delay"].to_int(), 2);
    CHECK(client.notifications()["events"]["video_created"].to_bool());
    THROWS(client.remove(resource::factories, first), invalid_argument);
}

static void videos() {
    const ferry::telestream client = new_flip();
    const std::size_t length = is_small() ? 100000 : (12 << 20);
    const auto film = write_file("film.mp4", noise(length, 1));
    std::uint64_t done = 0;
    ferry::telestream_upload_options options;
    options.filename = "other.mp4";
    const std::string german = write_file("a.srt", "1").string(), english = write_file("b.srt", "2").string();
    options.extra_files = {{"subtitles", {german, english}}};
    options.on_progress = [&](const ferry::progress &now) { done = now.bytes_done; };
    ferry::upload upload = client.new_upload(film, {{"profiles", {"h264"}}, {"payload", "mine"}}, options);
    CHECK(upload.run());
    CHECK(done >= length);
    CHECK_EQ(upload.state(), ferry::upload_state::uploaded);
    THROWS(upload.filelink(), invalid_state);
    const std::string video = upload.result()["id"].to_string();
    CHECK_EQ(client.video_wait(video)["original_filename"], "other.mp4");
    int reports = 0;
    ferry::telestream_request_options watched;
    watched.on_progress = [&](const ferry::progress &) { reports++; };
    const ferry::value encodings = client.video_encodings_wait(video, watched);
    CHECK(encodings.size() == 1 && reports > 0);
    const std::string encoding = encodings[0]["id"].to_string();
    CHECK_EQ(client.encoding_wait(encoding)["status"], "success");
    CHECK_EQ(client.video_encodings(video)[0]["id"], encoding);
    CHECK_EQ(client.video_metadata(video)["file_size"].to_int(), static_cast<std::int64_t>(length));
    THROWS(client.encoding_retry("none"), http);
    THROWS(client.encoding_cancel("none"), http);
    client.video_delete_source(video);
    client.remove(resource::videos, video);
    CHECK_EQ(THROWS(client.video_wait(video), http).http_status(), 404);

    std::uint64_t sent = 0;
    watched.on_progress = [&](const ferry::progress &now) { sent = now.bytes_done; };
    const ferry::object members{{"file", film.string()}, {"profiles", "none"}};
    const ferry::value posted = client.create(resource::videos, members, watched);
    CHECK(sent > length); // the request has more than the file
    CHECK_EQ(client.video_wait(posted["id"].to_string())["status"], "success");
    options = {};
    options.protocol = ferry::telestream_protocol::ranges;
    CHECK(client.new_upload(film, {{"profiles", "none"}}, options).run());
}

/// What a reader gives and bytes in memory become videos; what the reader throws ends the run, and the next
/// one reads on.
static void without_a_file() {
    const ferry::telestream client = new_flip();
    const std::string data = noise(6 << 20, 3);
    ferry::telestream_upload_options options;
    options.filename = "live.mp4";
    const auto check = [&](ferry::upload &upload) {
        CHECK(upload.run());
        const auto length = client.video_metadata(upload.result()["id"].to_string())["file_size"].to_int();
        CHECK_EQ(length, static_cast<std::int64_t>(data.size()));
    };
    ferry::upload bytes = client.new_upload_bytes(data, {{"profiles", "none"}}, options);
    check(bytes);
    std::istringstream in(data);
    ferry::upload stream = client.new_upload_reader(in, {{"profiles", "none"}}, options, data.size());
    check(stream);
    std::size_t at = 0;
    bool throws = true;
    const auto read = [&](char *buffer, std::size_t capacity) {
        if (at > data.size() / 2 && std::exchange(throws, false)) {
            throw std::out_of_range("of the reader");
        }
        const std::size_t count = data.copy(buffer, capacity, at);
        at += count;
        return count;
    };
    ferry::upload upload = client.new_upload_reader(read, {{"profiles", "none"}}, options);
    try {
        (void)upload.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
        CHECK_EQ(upload.state(), ferry::upload_state::error);
    }
    check(upload);
    THROWS(client.new_upload_bytes(data, {}, {}), invalid_argument);
    THROWS(client.new_upload_reader(read, {}, options, 0), invalid_argument);
}

/// An interrupt leaves the upload at the service and another run goes on; a cancel deletes it there.
static void interrupted_and_cancelled() {
    const ferry::telestream client = new_flip();
    const auto film = write_file("long.mp4", noise(12 << 20, 2));
    bool go_on = false;
    ferry::upload *running = nullptr;
    bool cancel = false;
    ferry::telestream_upload_options options;
    options.on_progress = [&](const ferry::progress &now) {
        if (cancel && now.parts_done > 0) {
            running->cancel();
        } else if (!go_on && now.parts_done > 0) {
            throw std::out_of_range("thrown");
        }
    };
    for (const bool ends_by_cancel : {false, true}) {
        cloud_reset();
        cloud_faults(R"([{"class":"flip_part","skip":1,"action":{"slow_bytes_per_second":500000}}])");
        go_on = false;
        cancel = ends_by_cancel;
        ferry::upload upload = client.new_upload(film, {{"profiles", "none"}}, options);
        running = &upload;
        try {
            (void)upload.run();
            failed(__FILE__, __LINE__, "nothing is thrown");
        } catch (const std::out_of_range &) {
            CHECK(!ends_by_cancel);
            CHECK_EQ(upload.state(), ferry::upload_state::interrupted);
            CHECK_EQ(cloud_count("flip_abort"), 0);
            cloud_faults("[]");
            go_on = true;
            CHECK(upload.run());
            CHECK(!upload.result()["id"].to_string().empty());
        } catch (const ferry::error &error) {
            CHECK(ends_by_cancel && error.code() == ferry::errc::cancelled && !error.retryable());
            CHECK_EQ(upload.state(), ferry::upload_state::aborted);
            CHECK_EQ(cloud_count("flip_abort"), 1);
        }
    }
    cloud_reset();
}

using call_options = ferry::telestream_request_options;
using asking = std::function<void(const ferry::telestream &, const call_options &)>;

static const std::vector<asking> calls = {
    [](const auto &client, const auto &options) { client.list(resource::videos, {}, options); },
    [](const auto &client, const auto &options) { client.list_all(resource::videos, {}, options); },
    [](const auto &client, const auto &options) { client.find(resource::videos, "v", {}, options); },
    [](const auto &client, const auto &options) {
        client.create(resource::videos, {{"source_url", "http://127.0.0.1:9/x"}}, options);
    },
    [](const auto &client, const auto &options) {
        client.update(resource::profiles, "p", {{"fps", 5}}, options);
    },
    [](const auto &client, const auto &options) { client.remove(resource::videos, "v", options); },
    [](const auto &client, const auto &options) { client.video_encodings("v", {}, options); },
    [](const auto &client, const auto &options) { client.video_metadata("v", options); },
    [](const auto &client, const auto &options) { client.video_delete_source("v", options); },
    [](const auto &client, const auto &options) { client.encoding_retry("e", options); },
    [](const auto &client, const auto &options) { client.encoding_cancel("e", options); },
    [](const auto &client, const auto &options) { client.notifications(options); },
    [](const auto &client, const auto &options) { client.notifications_update({{"delay", 5}}, options); },
    [](const auto &client, const auto &options) { client.video_wait("v", options); },
    [](const auto &client, const auto &options) { client.encoding_wait("e", options); },
    [](const auto &client, const auto &options) { client.video_encodings_wait("v", options); },
    [](const auto &client, const auto &options) { client.request("GET", "/x.json", {}, options); },
};

/// The service takes requests and does not answer: a deadline, an answer of the callback and an exception end
/// them.
static void every_call_takes_a_deadline_and_a_callback() {
    const ferry::telestream client = new_flip();
    cloud_reset();
    cloud_faults(R"([{"class":"flip_api","action":{"stall_ms":60000}}])");
    const auto caller = std::this_thread::get_id();
    for (const asking &ask : calls) {
        const int before = failures;
        call_options options;
        options.deadline = std::chrono::milliseconds(200);
        const double began = clock_now();
        THROWS(ask(client, options), timeout);
        CHECK(clock_now() - began < 0.2 + promised_second());

        int reports = 0;
        options = {};
        options.on_progress = [&](const ferry::progress &) {
            CHECK(std::this_thread::get_id() == caller);
            return ++reports < 2;
        };
        THROWS(ask(client, options), cancelled);
        CHECK_EQ(reports, 2);

        options.on_progress = [](const ferry::progress &) { throw std::out_of_range("thrown"); };
        try {
            ask(client, options);
            failed(__FILE__, __LINE__, "nothing is thrown");
        } catch (const std::out_of_range &) {
        }
        if (failures != before) {
            failed(__FILE__, __LINE__, "... by call " + std::to_string(&ask - calls.data()));
        }
    }
    CHECK(cloud_count("flip_api") >= static_cast<int>(calls.size()));
    cloud_reset();
}

static void every_call_can_name_another_factory() {
    const ferry::telestream client = new_flip();
    cloud_faults(R"([{"class":"flip_api","action":{"status":418}}])");
    const std::string other = "0fac0fac0fac0fac0fac0fac0fac0fac";
    for (const asking &ask : calls) {
        cloud_ask("DELETE", "requests");
        if (&ask == &calls.back()) { // a request as it is written is the client's factory's
            CHECK(has(THROWS(ask(client, {other}), invalid_argument).what(), "factory_id"));
            CHECK_EQ(cloud_count("any"), 0);
        } else {
            THROWS(ask(client, {other}), http);
            CHECK(has(cloud_ask("GET", "requests"), other));
        }
    }
    cloud_reset();
}

static void one_key() {
    const auto client = ferry::telestream::with_apikey("LOCAL_API_KEY", local());
    CHECK_EQ(client.list(resource::factories).size(), 2u);
    THROWS(client.signed_params("GET", "/videos.json"), invalid_state);
    const auto wrong = ferry::telestream::with_apikey("wrong", local());
    CHECK_EQ(THROWS(wrong.list(resource::factories), http).http_status(), 401);
}

int main() {
    return test(signed_parameters, resources, videos, without_a_file, interrupted_and_cancelled, one_key,
                every_call_takes_a_deadline_and_a_callback, every_call_can_name_another_factory);
}
