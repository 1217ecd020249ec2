/// Every sample in C++ of include/guides, called once, and what it does is looked at. guides.hpp has them.
#include <sstream>

#include "test.hpp"

#include "guides.hpp"

namespace {

const char *const KEY = "LOCALKEY";

ferry::security everything() {
    return ferry::security::from_json({{"expiry", 4102444800}}, env("FERRY_TEST_SECRET"));
}

/// The options of a client that may do everything.
ferry::filestack_options signed_account(const char *url = "FERRY_TEST_HTTP") {
    ferry::filestack_options options;
    options.base_url = env(url);
    options.security = everything();
    return options;
}

/// What a sample writes to std::cout.
template <class Sample> std::string said(Sample sample) {
    std::ostringstream text;
    std::streambuf *const before = std::cout.rdbuf(text.rdbuf());
    sample();
    std::cout.rdbuf(before);
    return text.str();
}

std::string text_of(const ferry::filelink &link) {
    return std::string(link.content().text());
}

void files() {
    const ferry::filestack client(KEY, signed_account());
    const ferry::filelink link = store_in_a_folder(client, "one.txt");
    CHECK(has(link.answer()["key"].to_string(), "trips/2025/"));
    CHECK_EQ(link.answer()["filename"].to_string(), "ferry.png");
    const std::string url = address_for_an_hour(link, env("FERRY_TEST_SECRET"));
    const std::size_t policy = url.find("=p:") + 3, signature = url.find(",s:") + 3;
    const auto given = ferry::security::from_signed(url.substr(policy, signature - 3 - policy),
                                                    url.substr(signature, 64));
    CHECK(given.allows("read", {{"handle", link.handle()}}) && !given.allows("convert"));
    CHECK(has(given.policy_json(), link.handle()));
    const ferry::filelink copy = store_what_is_at(client, url);
    CHECK(has(copy.answer()["key"].to_string(), "imported/"));
    CHECK_EQ(text_of(copy), "one");

    CHECK(has(said([&] { zip_two(client, link, copy, "both.zip"); }), " bytes\n"));
    CHECK_EQ(read_file("both.zip").substr(0, 2), "PK");
    CHECK_EQ(said([&] { CHECK_EQ(size_of(client, link), 3); }), "200 application/json\n");
    overwrite_it(link, "two.txt");
    CHECK_EQ(text_of(link), "two two");
    delete_it(copy);
    CHECK_EQ(THROWS(copy.content(), http).http_status(), 404);
}

void pictures() {
    const ferry::filestack client(KEY, signed_account());
    CHECK(has(picture_of_a_page(client, "https://www.example.com"),
              "/urlscreenshot=height:800,mode:window,width:1280/resize=width:320/"));
    const ferry::filelink link = client.upload_file(picture());
    const std::string answers = said([&] { describe(client, link); });
    CHECK(has(answers, " %\nsafe for work: ") && has(answers, ", text: \""));
}

void policies() {
    ferry::filestack_options account;
    account.base_url = env("FERRY_TEST_HTTP");
    const ferry::filestack client = client_with_policy(KEY, env("FERRY_TEST_SECRET"), account);
    CHECK_EQ(text_of(client.upload_file("one.txt")), "one");
    const ferry::security own = everything();
    CHECK_EQ(signed_elsewhere(own.policy_base64(), own.signature()).url_string(), own.url_string());
}

void notifications() {
    const std::string body = R"({"id": 1})", now = std::to_string(ferry::expiry_in(std::chrono::seconds(0)));
    const std::string signature = ferry::webhook::sign("secret", body, now);
    CHECK_EQ(said([&] { CHECK_EQ(receive("secret", body, now, signature), 200); }),
             "from Filestack: " + body + "\n");
    CHECK_EQ(receive("another", body, now, signature), 403);
}

void telestream() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    const ferry::telestream account("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options);
    const ferry::factory factory = account.factories().at(0);
    const ferry::value settings = notify(factory);
    CHECK(settings["events"]["video_encoded"].to_bool());
    CHECK(!settings["events"]["encoding_progress"].to_bool());
    CHECK_EQ(settings["url"].to_string(), "https://www.example.com/telestream");
    CHECK_EQ(count_encodings(account, factory), 0);
    ferry::upload upload = factory.new_upload("one.txt", {{"profiles", "h264"}});
    CHECK(upload.run());
    CHECK_EQ(count_encodings(account, factory), 1);
    const std::string video = upload.result()["id"].to_string();
    CHECK(has(said([&] { receive_from_telestream(factory, "video-encoded", video); }), "\"h264\" \""));
    CHECK_EQ(said([&] { receive_from_telestream(factory, "video-created", video); }), "");

    const std::size_t before = factory.profiles().size();
    CHECK_EQ(said([&] { small_films(factory); }), std::to_string(before + 1) + " 480\n");
    CHECK_EQ(factory.profiles().size(), before);
}

void uploads() {
    const ferry::filestack client(KEY, signed_account());
    const std::vector<std::filesystem::path> paths{"one.txt", "gone.txt", "two.txt"};
    const std::string told = said([&] { THROWS(upload_all(client, paths, "albums"), io); });
    CHECK(has(told, "one.txt: ") && has(told, "gone.txt: cannot open ") && has(told, "two.txt: "));
    CHECK(has(cloud_ask("GET", "requests"), R"("path":"albums/1/")"));
    CHECK_EQ(text_of(upload_whatever_happens(client, "two.txt", "journals")), "two two");
    CHECK(std::filesystem::is_directory("journals") && std::filesystem::is_empty("journals"));
    const std::string token = client.new_upload("two.txt").token();
    CHECK_EQ(text_of(go_on(client, "two.txt", token)), "two two");

    int calls = 0;
    ferry::upload_options options;
    options.on_progress = [&](const ferry::progress &) { return ++calls > 2; }; // interrupts two runs
    ferry::upload upload = client.new_upload("two.txt", options);
    CHECK(run_up_to_five_times(upload) && calls > 2);
    upload = client.new_upload("two.txt");
    upload.pause();
    CHECK(!run_up_to_five_times(upload));
    options.on_progress = [&](const ferry::progress &) { return ++calls < 0; };
    calls = 0;
    upload = client.new_upload("two.txt", options);
    THROWS(run_up_to_five_times(upload), cancelled);
    CHECK_EQ(calls, 5);
}

/// A client that a sample has made is one with which files go up.
bool works(const ferry::filestack &client) {
    return text_of(client.upload_file("one.txt")) == "one";
}

void connections() {
    CHECK(works(gentle_client(KEY, signed_account())));
    // The cloud stands for the proxy too, which alone can find this host.
    ferry::filestack_options elsewhere = signed_account();
    elsewhere.base_url = "http://cloud.invalid";
    CHECK(works(behind_a_proxy(KEY, elsewhere, env("FERRY_TEST_HTTP"))));
    THROWS(ferry::filestack(KEY, signed_account("FERRY_TEST_HTTPS")).upload_file("one.txt"), network);
    CHECK(works(with_own_authority(KEY, signed_account("FERRY_TEST_HTTPS"), env("FERRY_TEST_CA"))));
    std::ostringstream log;
    CHECK(works(talkative(KEY, signed_account(), log)));
    CHECK(has(log.str(), "attempt put part 1 attempt 1: HTTP 200, "));
}

} // namespace

int main() {
    write_file("one.txt", "one");
    write_file("two.txt", "two two");
    return test(files, pictures, policies, notifications, telestream, uploads, connections);
}
