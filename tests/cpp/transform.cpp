/// Chains: their URLs, what running them gives, and conversions.
#include <sstream>
#include <utility>

#include "test.hpp"

static void urls() {
    const ferry::filestack client = new_client();
    const std::string handle = client.upload_file(picture()).handle(), base = env("FERRY_TEST_HTTP");
    ferry::tasks::resize size;
    size.width = 500;
    size.height = 0.5;
    size.fit = "crop";
    size.align = {"top", "left"};
    CHECK_EQ(client.transform(handle).resize(size).flip().url(),
             base + "/resize=align:%5Btop,left%5D,fit:crop,height:0.5,width:500/flip/" + handle);
    ferry::tasks::rotate turn;
    turn.deg = 0; // not the same as nothing
    ferry::tasks::detect_faces faces;
    faces.export_ = true;
    CHECK_EQ(client.transform(handle).rotate(turn).detect_faces(faces).url(),
             base + "/rotate=deg:0/detect_faces=export:true/" + handle);
    turn.deg = "exif";
    CHECK_EQ(client.transform(handle).rotate(turn).url(), base + "/rotate=deg:exif/" + handle);
    ferry::tasks::crop box;
    box.dim = {0, 10, 100, 200};
    ferry::tasks::partial_blur blur;
    blur.objects = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    CHECK_EQ(client.transform(handle).crop(box).partial_blur(blur).url(),
             base + "/crop=dim:%5B0,10,100,200%5D/partial_blur=objects:%5B%5B1,2,3,4%5D,%5B5,6,7,8%5D%5D/" +
                 handle);

    auto chain = client.transform(handle);
    chain.add("resize", "width:100").add_json("rotate", {{"deg", 90}}).add_raw("new_task=k:v").add("flop");
    const std::string before = chain.url();
    CHECK_EQ(before, base + "/resize=width:100/rotate=deg:90/new_task=k:v/flop/" + handle);
    CHECK_EQ(chain.clone().sepia().url(),
             base + "/resize=width:100/rotate=deg:90/new_task=k:v/flop/sepia/" + handle);
    CHECK_EQ(chain.url(), before);
    CHECK_EQ(client.transform(handle).with_apikey().flip().url(), base + "/TESTKEY/flip/" + handle);
    CHECK(has(chain.clone().base64_url(), base + "/b64/"));
    CHECK_EQ(client.transform("https://example.com/a.png").add("cache", "false").url(),
             base + "/TESTKEY/cache=false/https://example.com/a.png");
    CHECK_EQ(client.transform_list({handle, handle}).zip().url(),
             base + "/TESTKEY/zip/%5B" + handle + "," + handle + "%5D");
    const ferry::security security({ferry::expiry_in(std::chrono::hours(1))}, "secret");
    CHECK(has(client.transform(handle).flip().signed_url(security), "/security=p:"));
    ferry::tasks::urlscreenshot shot;
    shot.agent = "mobile";
    CHECK_EQ(client.screenshot("https://example.com", shot).url(),
             client.screenshot("https://example.com", "agent:mobile").url());
}

/// A chain that was written in one line lives as long as what it is bound to.
static void chains_bound_to_references() {
    const ferry::filestack client = new_client();
    const std::string base = env("FERRY_TEST_HTTP");
    const auto &with_tasks = client.transform("HANDLEHANDLEHANDLE00").flip().sepia();
    auto &&by_name = client.transform("HANDLEHANDLEHANDLE00").add("flip").add_json("rotate", {{"deg", 90}});
    auto &&raw = client.transform("HANDLEHANDLEHANDLE00").add_raw("a=b:c").with_apikey();
    CHECK_EQ(with_tasks.url(), base + "/flip/sepia/HANDLEHANDLEHANDLE00");
    CHECK_EQ(by_name.flop().url(), base + "/flip/rotate=deg:90/flop/HANDLEHANDLEHANDLE00");
    CHECK_EQ(raw.url(), base + "/TESTKEY/a=b:c/HANDLEHANDLEHANDLE00");
}

static void mistakes() {
    const ferry::filestack client = new_client();
    auto chain = client.transform("https://example.com/a.png");
    const std::string before = chain.url();
    CHECK(has(THROWS(chain.resize(), invalid_argument).what(), "width"));
    CHECK(has(THROWS(chain.add("rezise"), invalid_argument).what(), "resize"));
    ferry::tasks::quality quality;
    quality.value = 101;
    CHECK(has(THROWS(chain.quality(quality), invalid_argument).what(), "100"));
    CHECK(has(THROWS(client.transform(std::string("a\0b", 3)), invalid_argument).what(), "NUL"));
    CHECK_EQ(chain.url(), before);
    ferry::tasks::blur blur;
    blur.amount = 1e308 * 10;
    THROWS(chain.blur(blur), invalid_argument);
    const auto moved = std::move(chain);
    THROWS(chain.flip(), invalid_argument);
    THROWS(chain.url(), invalid_argument);
}

static void results() {
    const ferry::filestack client = new_client();
    const ferry::filelink link = client.upload_file(picture());
    const auto chain = client.transform(link).add("resize", "width:20").output({});
    const ferry::bytes content = chain.content();
    CHECK(has(content.text().substr(0, 8), "PNG"));
    const auto path = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "small.png";
    CHECK_EQ(chain.download(path), content.size());
    CHECK(read_file(path) == content.text());
    std::string pieces;
    const auto collect = [&](ferry::bytes_view piece) { pieces += piece.text(); };
    CHECK_EQ(chain.stream(collect), content.size());
    CHECK(pieces == content.text());
    std::ostringstream out;
    CHECK_EQ(chain.stream(out), content.size());
    CHECK(out.str() == content.text());
    std::ostringstream broken;
    broken.setstate(std::ios::badbit);
    THROWS(chain.stream(broken), io);
    try {
        chain.stream([](ferry::bytes_view) { throw std::out_of_range("full"); });
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
    }
    ferry::request_options stop;
    stop.on_progress = [](const ferry::progress &) { return false; };
    CHECK(THROWS(chain.content(stop), cancelled).retryable());

    const ferry::value size = client.transform(link).imagesize().json();
    CHECK(size["width"].to_int() > 20 && size["height"].to_double() > 0);
    ferry::store_options store;
    store.filename = "small.png";
    store.path = "made/";
    const ferry::filelink stored = chain.store(store);
    CHECK(stored.content().text() == content.text());
    CHECK_EQ(stored.answer()["filename"], "small.png");
}

static void conversions() {
    const ferry::filestack client = new_client();
    const ferry::filelink film = client.upload_bytes("a film");
    ferry::tasks::video_convert params;
    params.preset = "webm";
    params.width = 640;
    const ferry::conversion first = client.transform(film).av_convert(params);
    CHECK(first.uuid().size() > 10 && !first.timestamp().empty());
    CHECK(has(first.url(), "/video_convert=preset:webm,width:640/"));
    THROWS(first.filelink(), not_ready);
    CHECK_EQ(first.status(), "pending");
    int reports = 0;
    ferry::request_options options;
    options.on_progress = [&](const ferry::progress &) { reports++; };
    CHECK_EQ(first.wait(options)["status"], "completed");
    CHECK(reports > 0);
    CHECK_EQ(first.filelink().content().text(), "a film");

    cloud_faults(R"([{"class":"av","times":1,"action":{"job_failed":true}}])");
    params.preset = "mp3";
    THROWS(client.transform(film).av_convert(params).wait(), http);
    cloud_reset();
}

int main() {
    return test(urls, chains_bound_to_references, mistakes, results, conversions);
}
