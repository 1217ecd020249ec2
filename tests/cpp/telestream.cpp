/// Telestream: what is signed, resources, uploads that become videos, and waiting for them.
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
    options.factory_id = ferry::telestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options).list(resource::factories)[0]["id"].to_string();
    return {"LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options};
}

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

static void resources() {
    const ferry::telestream client = new_flip();
    const ferry::value factories = client.list(resource::factories);
    CHECK_EQ(factories.size(), 2u);
    const std::string first = factories[0]["id"].to_string(), second = factories[1]["id"].to_string();
    CHECK_EQ(client.find(resource::factories, second)["name"], factories[1]["name"].to_string());
    CHECK_EQ(client.update(resource::factories, second, {{"name", "\xe2\x99\xa5"}})["name"], "\xe2\x99\xa5");
    const ferry::value profile = client.create(resource::profiles, {{"preset_name", "h264"}, {"name", "mine"}});
    const std::string id = profile["id"].to_string();
    CHECK_EQ(client.update(resource::profiles, id, {{"width", 320}})["width"].to_int(), 320);
    CHECK_EQ(client.find(resource::profiles, "mine")["id"], id);
    CHECK_EQ(client.list(resource::profiles, {{"per_page", 1}}).size(), 1u);
    CHECK(client.list_all(resource::profiles, {{"per_page", 1}}).size() > 1);
    CHECK_EQ(client.request("GET", "/profiles.json", {{"per_page", 1}}).size(), 1u);
    client.remove(resource::profiles, id);
    CHECK_EQ(THROWS(client.find(resource::profiles, id), http).http_status(), 404);
    CHECK(client.list(resource::profiles, {}, second).size() > 0);
    client.notifications_update({{"delay", 2}, {"events", ferry::object{{"video_created", true}}}});
    CHECK_EQ(client.notifications()["delay"].to_int(), 2);
    CHECK(client.notifications()["events"]["video_created"].to_bool());
    THROWS(client.remove(resource::factories, first), invalid_argument);
    ferry::request_options stop;
    stop.on_progress = [](const ferry::progress &) { return false; };
    THROWS(client.list_all(resource::videos, {}, stop), cancelled);
}

static void videos() {
    const ferry::telestream client = new_flip();
    const std::size_t length = is_small() ? 100000 : (12 << 20);
    const auto film = write_file("film.mp4", noise(length, 1));
    std::uint64_t done = 0;
    ferry::telestream_upload_options options;
    options.filename = "other.mp4";
    options.extra_files = {{"subtitles", {write_file("a.srt", "1").string(), write_file("b.srt", "2").string()}}};
    options.on_progress = [&](const ferry::progress &now) { done = now.bytes_done; };
    ferry::upload upload = client.new_upload(film, {{"profiles", {"h264"}}, {"payload", "mine"}}, options);
    CHECK(upload.run());
    CHECK(done >= length);
    CHECK_EQ(upload.state(), "uploaded");
    THROWS(upload.filelink(), invalid_state);
    const std::string video = upload.result()["id"].to_string();
    CHECK_EQ(client.video_wait(video)["original_filename"], "other.mp4");
    int reports = 0;
    ferry::request_options watched;
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

    const ferry::value posted = client.create(resource::videos, {{"file", film.string()}, {"profiles", "none"}});
    CHECK_EQ(client.video_wait(posted["id"].to_string())["status"], "success");
    options = {};
    options.protocol = ferry::telestream_protocol::ranges;
    CHECK(client.new_upload(film, {{"profiles", "none"}}, options).run());
    options.on_progress = [](const ferry::progress &) { throw std::out_of_range("thrown"); };
    ferry::upload throwing = client.new_upload(film, {}, options);
    try {
        (void)throwing.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
        CHECK_EQ(throwing.state(), "aborted");
    }
}

static void one_key() {
    const auto client = ferry::telestream::with_apikey("LOCAL_API_KEY", local());
    CHECK_EQ(client.list(resource::factories).size(), 2u);
    THROWS(client.signed_params("GET", "/videos.json"), invalid_state);
    CHECK_EQ(THROWS(ferry::telestream::with_apikey("wrong", local()).list(resource::factories), http).http_status(), 401);
}

int main() {
    return test(signed_parameters, resources, videos, one_key);
}
