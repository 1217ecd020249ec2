/// Telestream: what is signed, resources, uploads that become videos, waiting for them, options of every
/// call.
#include <array>
#include <functional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "test.hpp"

static ferry::telestream_options local() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    return options;
}

/// A client of the first factory.
static ferry::telestream new_flip() {
    ferry::telestream_options options = local();
    const ferry::telestream client("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options);
    options.factory_id = client.factories().at(0).id();
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

static void factories_and_profiles() {
    const ferry::telestream client = new_flip();
    const std::vector<ferry::factory> factories = client.factories();
    CHECK_EQ(factories.size(), 2u);
    CHECK_EQ(client.factories_page({{"per_page", 1}}).size(), 1u);
    ferry::factory own = client.factory(), second = factories.at(1);
    CHECK(own.id() == factories.at(0).id() && own.factory_id() == own.id() && own.data().is_null());
    own.refresh();
    CHECK(own["name"].to_string() == factories.at(0)["name"].to_string() && own["name"]);
    CHECK_EQ(client.find_factory(second.id())["name"], second["name"].to_string());
    second.update({{"name", "\xe2\x99\xa5"}});
    CHECK_EQ(second["name"], "\xe2\x99\xa5");
    CHECK_EQ(second.id(), factories.at(1).id());

    ferry::profile profile = own.create_profile({{"preset_name", "h264"}, {"name", "mine"}});
    CHECK_EQ(profile.factory_id(), own.id());
    profile.update({{"width", 320}});
    CHECK_EQ(profile["width"].to_int(), 320);
    CHECK_EQ(own.find_profile("mine").id(), profile.id());
    ferry::profile by_name = own.profile("mine");
    CHECK(by_name.id() == "mine" && !by_name["width"]);
    by_name.refresh({{"expand", true}});
    CHECK(by_name.id() == profile.id() && by_name["width"].to_int() == 320);
    CHECK_EQ(own.profiles_page({{"per_page", 1}}).size(), 1u);
    CHECK(own.profiles({{"per_page", 1}}).size() > 1);
    CHECK_EQ(client.request("GET", "/profiles.json", {{"per_page", 1}}).json().size(), 1u);
    profile.remove();
    CHECK_EQ(THROWS(profile.refresh(), http).http_status(), 404);
    CHECK(second.profiles().size() > 0);
    own.notifications_update({{"delay", 2}, {"events", ferry::object{{"video_created", true}}}});
    CHECK_EQ(own.notifications()["delay"].to_int(), 2);
    CHECK(own.notifications()["events"]["video_created"].to_bool());
    THROWS(ferry::telestream("a", "b", local()).factory().videos(), invalid_argument); // it has none
}

static void videos() {
    const ferry::factory factory = new_flip().factory(); // it outlives its client
    const std::size_t length = is_small() ? 100000 : (12 << 20);
    const auto film = write_file("film.mp4", noise(length, 1));
    std::uint64_t done = 0;
    ferry::telestream_upload_options options;
    options.filename = "other.mp4";
    const std::string german = write_file("a.srt", "1").string(), english = write_file("b.srt", "2").string();
    options.extra_files = {{"subtitles", {german, english}}};
    options.on_progress = [&](const ferry::progress &now) { done = now.bytes_done; };
    ferry::upload upload = factory.new_upload(film, {{"profiles", {"h264"}}, {"payload", "mine"}}, options);
    CHECK(upload.run());
    CHECK(done >= length);
    CHECK_EQ(upload.state(), ferry::upload_state::uploaded);
    THROWS(upload.filelink(), invalid_state);
    ferry::video video = factory.video(upload.result()["id"].to_string());
    video.wait();
    CHECK_EQ(video["original_filename"], "other.mp4");
    int reports = 0;
    ferry::telestream_request_options watched;
    watched.on_progress = [&](const ferry::progress &) { reports++; };
    const std::vector<ferry::encoding> encodings = video.wait_encodings(watched);
    CHECK(encodings.size() == 1 && reports > 0);
    ferry::encoding encoding = encodings.at(0);
    encoding.wait();
    CHECK_EQ(encoding["status"], "success");
    CHECK_EQ(video.encodings().at(0).id(), encoding.id());
    CHECK_EQ(factory.encodings({{"video_id", video.id()}}).size(), 1u);
    CHECK_EQ(factory.find_encoding(encoding.id())["video_id"], video.id());
    CHECK_EQ(video.metadata()["file_size"].to_int(), static_cast<std::int64_t>(length));
    CHECK_EQ(factory.find_video(video.id()).id(), video.id());
    THROWS(factory.encoding("none").retry(), http);
    THROWS(factory.encoding("none").cancel(), http);
    ferry::encoding second = video.encode(factory.profiles().at(0));
    CHECK_EQ(second["video_id"], video.id());
    CHECK_EQ(second["profile_id"], factory.profiles().at(0).id());
    second.wait();
    const std::string name = factory.profiles().at(0)["name"].to_string();
    CHECK_EQ(video.encode(name)["profile_name"], name);
    second.remove();
    video.delete_source();
    video.remove();
    CHECK_EQ(THROWS(video.wait(), http).http_status(), 404);

    std::uint64_t sent = 0;
    watched.on_progress = [&](const ferry::progress &now) { sent = now.bytes_done; };
    const ferry::object members{{"file", film.string()}, {"profiles", "none"}};
    ferry::video posted = factory.create_video(members, watched);
    CHECK(sent > length); // the request has more than the file
    posted.wait();
    CHECK_EQ(posted["status"], "success");
    CHECK(factory.videos().size() > 0 && factory.videos_page({{"page", 100}}).empty());
    options = {};
    options.protocol = ferry::telestream_protocol::ranges;
    CHECK(factory.new_upload(film, {{"profiles", "none"}}, options).run());
}

/// What a reader gives and bytes in memory become videos; what the reader throws ends the run, and the next
/// one reads on.
static void without_a_file() {
    const ferry::factory factory = new_flip().factory();
    const std::string data = noise(6 << 20, 3);
    ferry::telestream_upload_options options;
    options.filename = "live.mp4";
    const auto check = [&](ferry::upload &upload) {
        CHECK(upload.run());
        const ferry::video video = factory.video(upload.result()["id"].to_string());
        CHECK_EQ(video.metadata()["file_size"].to_int(), static_cast<std::int64_t>(data.size()));
    };
    ferry::upload bytes = factory.new_upload_bytes(data, {{"profiles", "none"}}, options);
    check(bytes);
    std::istringstream in(data);
    ferry::upload stream = factory.new_upload_reader(in, {{"profiles", "none"}}, options, data.size());
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
    ferry::upload upload = factory.new_upload_reader(read, {{"profiles", "none"}}, options);
    try {
        (void)upload.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
        CHECK_EQ(upload.state(), ferry::upload_state::error);
    }
    check(upload);
    THROWS(factory.new_upload_bytes(data, {}, {}), invalid_argument);
    THROWS(factory.new_upload_reader(read, {}, options, 0), invalid_argument);
}

/// Bytes that would be gone when the upload runs are refused by the compiler.
template <class Bytes>
using prepared = decltype(std::declval<ferry::factory>().new_upload_bytes(std::declval<Bytes>(), {}, {}));
template <class Bytes, class = void> constexpr bool uploads_later = false;
template <class Bytes> constexpr bool uploads_later<Bytes, std::void_t<prepared<Bytes>>> = true;
static_assert(!uploads_later<std::string> && !uploads_later<const std::string>);
static_assert(!uploads_later<ferry::bytes> && !uploads_later<std::vector<char>>);
static_assert(!uploads_later<std::array<char, 4>> && !uploads_later<unsigned char[4]>);
static_assert(uploads_later<std::string &> && uploads_later<const std::string &>);
static_assert(uploads_later<ferry::bytes &> && uploads_later<std::vector<char> &>);
static_assert(uploads_later<std::array<char, 4> &> && uploads_later<unsigned char (&)[4]>);
static_assert(uploads_later<std::string_view> && uploads_later<const ferry::bytes_view>);
static_assert(uploads_later<char *> && uploads_later<const char *> && uploads_later<const char (&)[4]>);

/// An interrupt leaves the upload at the service and another run goes on; a cancel deletes it there.
static void interrupted_and_cancelled() {
    const ferry::factory factory = new_flip().factory();
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
        ferry::upload upload = factory.new_upload(film, {{"profiles", "none"}}, options);
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
using asking = std::function<void(const ferry::factory &, const call_options &)>;

static const std::vector<asking> calls = {
    [](const auto &factory, const auto &options) { factory.videos({}, options); },
    [](const auto &factory, const auto &options) { factory.videos_page({}, options); },
    [](const auto &factory, const auto &options) { factory.encodings({}, options); },
    [](const auto &factory, const auto &options) { factory.encodings_page({}, options); },
    [](const auto &factory, const auto &options) { factory.profiles({}, options); },
    [](const auto &factory, const auto &options) { factory.profiles_page({}, options); },
    [](const auto &factory, const auto &options) { factory.find_video("v", {}, options); },
    [](const auto &factory, const auto &options) { factory.find_encoding("e", {}, options); },
    [](const auto &factory, const auto &options) { factory.find_profile("p", {}, options); },
    [](const auto &factory, const auto &options) {
        factory.create_video({{"source_url", "http://127.0.0.1:9/x"}}, options);
    },
    [](const auto &factory, const auto &options) {
        factory.create_profile({{"preset_name", "h264"}}, options);
    },
    [](const auto &factory, const auto &options) { ferry::factory(factory).refresh(options); },
    [](const auto &factory, const auto &options) { ferry::factory(factory).update({{"name", "a"}}, options); },
    [](const auto &factory, const auto &options) { factory.notifications(options); },
    [](const auto &factory, const auto &options) { factory.notifications_update({{"delay", 5}}, options); },
    [](const auto &factory, const auto &options) { factory.profile("p").refresh({}, options); },
    [](const auto &factory, const auto &options) { factory.profile("p").update({{"fps", 5}}, options); },
    [](const auto &factory, const auto &options) { factory.profile("p").remove(options); },
    [](const auto &factory, const auto &options) { factory.video("v").refresh(options); },
    [](const auto &factory, const auto &options) { factory.video("v").wait(options); },
    [](const auto &factory, const auto &options) { factory.video("v").wait_encodings(options); },
    [](const auto &factory, const auto &options) { factory.video("v").encodings({}, options); },
    [](const auto &factory, const auto &options) { factory.video("v").encode("h264", {}, options); },
    [](const auto &factory, const auto &options) {
        factory.video("v").encode(factory.profile("p"), {}, options);
    },
    [](const auto &factory, const auto &options) { factory.video("v").metadata(options); },
    [](const auto &factory, const auto &options) { factory.video("v").delete_source(options); },
    [](const auto &factory, const auto &options) { factory.video("v").remove(options); },
    [](const auto &factory, const auto &options) { factory.encoding("e").refresh({}, options); },
    [](const auto &factory, const auto &options) { factory.encoding("e").wait(options); },
    [](const auto &factory, const auto &options) { factory.encoding("e").retry(options); },
    [](const auto &factory, const auto &options) { factory.encoding("e").cancel(options); },
    [](const auto &factory, const auto &options) { factory.encoding("e").remove(options); },
};

/// Says once that it wants to stop.
struct stops_at_once {
    bool stop_requested() const { return true; }
};

/// The service takes requests and does not answer: a deadline, an answer of the callback, a signal and an
/// exception end them.
static void every_call_takes_a_deadline_a_callback_and_a_signal() {
    const ferry::factory factory = new_flip().factory();
    cloud_reset();
    cloud_faults(R"([{"class":"flip_api","action":{"stall_ms":60000}}])");
    const auto caller = std::this_thread::get_id();
    for (const asking &ask : calls) {
        const int before = failures;
        call_options options;
        options.deadline = std::chrono::milliseconds(100);
        const double began = clock_now();
        THROWS(ask(factory, options), timeout);
        CHECK(clock_now() - began < 0.1 + promised_second());

        int reports = 0;
        options = {};
        options.on_progress = [&](const ferry::progress &) {
            CHECK(std::this_thread::get_id() == caller);
            return ++reports < 2;
        };
        THROWS(ask(factory, options), cancelled);
        CHECK_EQ(reports, 2);

        options.stop = stops_at_once();
        CHECK(THROWS(ask(factory, options), cancelled).retryable());
        CHECK_EQ(reports, 2); // the callback is not asked
        options.stop = {};

        options.on_progress = [](const ferry::progress &) { throw std::out_of_range("thrown"); };
        try {
            ask(factory, options);
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

static void every_call_goes_to_its_factory() {
    const ferry::telestream client = new_flip();
    cloud_faults(R"([{"class":"flip_api","action":{"status":418}}])");
    const ferry::factory other = client.factory("0fac0fac0fac0fac0fac0fac0fac0fac");
    for (const asking &ask : calls) {
        cloud_ask("DELETE", "requests");
        THROWS(ask(other, {}), http);
        CHECK(has(cloud_ask("GET", "requests"), other.id()));
    }
    THROWS(client.factories(), http);
    THROWS(client.factories_page(), http);
    THROWS(client.find_factory("f"), http);
    THROWS(client.create_factory({{"name", "a"}}), http);
    cloud_reset();
}

static void one_key() {
    const auto client = ferry::telestream::with_apikey("LOCAL_API_KEY", local());
    CHECK_EQ(client.factories().size(), 2u);
    THROWS(client.signed_params("GET", "/videos.json"), invalid_state);
    ferry::encoding none = client.factory(client.factories().at(0).id()).encoding("none");
    THROWS(none.update({{"fps", 5}}), http); // with two keys it is refused here
    const auto wrong = ferry::telestream::with_apikey("wrong", local());
    CHECK_EQ(THROWS(wrong.factories(), http).http_status(), 401);
}

int main() {
    return test(signed_parameters, factories_and_profiles, videos, without_a_file, interrupted_and_cancelled,
                one_key, every_call_takes_a_deadline_a_callback_and_a_signal, every_call_goes_to_its_factory);
}
