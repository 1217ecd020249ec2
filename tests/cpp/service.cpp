/// Stored files, security, ZIP archives, workflows, webhooks, and what errors say.
#include <algorithm>
#include <array>
#include <list>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "test.hpp"

static ferry::security security(const std::string &secret) {
    ferry::policy policy;
    policy.expiry = ferry::expiry_in(std::chrono::hours(1));
    return {policy, secret};
}

static void stored_files() {
    const ferry::filestack client = new_client();
    const ferry::filelink link = client.upload_file(picture());
    const ferry::filelink same = client.filelink(link.handle());
    CHECK_EQ(same.url(), link.url());
    CHECK_EQ(same.answer().json(), "{\"handle\":\"" + link.handle() + "\"}");
    const auto path = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "fetched.png";
    CHECK_EQ(same.download(path), std::filesystem::file_size(picture()));
    CHECK(read_file(path) == read_file(picture()));
    std::ostringstream out;
    CHECK_EQ(same.stream(out), std::filesystem::file_size(picture()));
    CHECK(out.str() == read_file(picture()));
    try {
        same.stream([](ferry::bytes_view) { throw std::out_of_range("full"); });
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
    }
    const ferry::value metadata = same.metadata("size,filename");
    CHECK_EQ(metadata["size"].to_int(), static_cast<std::int64_t>(std::filesystem::file_size(picture())));
    CHECK_EQ(metadata["filename"], "ferry.png");
    CHECK(!metadata["mimetype"] && same.metadata()["mimetype"]);

    ferry::request_options signed_by;
    signed_by.security = security("any");
    THROWS(link.overwrite_bytes("new"), invalid_argument);
    link.overwrite_bytes("new", signed_by);
    CHECK_EQ(link.content().text(), "new");
    link.overwrite_file(picture(), signed_by);
    CHECK(link.content().text() == read_file(picture()));
    link.overwrite_url(client.upload_bytes("bmV3ZXI=").url(), true, signed_by);
    CHECK_EQ(link.content().text(), "newer");
    CHECK_EQ(link.signed_url(signed_by.security),
             env("FERRY_TEST_HTTP") + "/" + signed_by.security.url_string() + "/" + link.handle());
    client.upload_bytes("x").remove_handle(signed_by);
    link.remove(signed_by);
    const auto gone = THROWS(link.content(), http);
    CHECK_EQ(gone.http_status(), 404);
    CHECK(has(gone.what(), link.handle()) && !gone.body().empty() && !gone.retryable());
}

static void policies() {
    ferry::policy policy;
    policy.expiry = 1767225600;
    policy.call = {"read", "convert"};
    policy.handle = "abc";
    policy.max_size = 0;
    const ferry::security made(policy, "secret");
    CHECK_EQ(made.policy_json(),
             R"({"call": ["read", "convert"], "expiry": 1767225600, "handle": "abc", "maxSize": 0})");
    CHECK(made.signature().size() == 64 && has(made.url_string(), made.signature()));
    const auto taken = ferry::security::from_signed(made.policy_base64(), made.signature());
    CHECK_EQ(taken.url_string(), made.url_string());
    CHECK(made.allows("read", {{"handle", "abc"}, {"now", 1}}) && !made.allows("store", {{"now", 1}}));
    made.check("read", {{"handle", "abc"}, {"now", 1}});
    const auto other = THROWS(made.check("read", {{"handle", "other"}, {"now", 1}}), invalid_argument);
    CHECK(has(other.what(), "handle"));
    CHECK(has(THROWS(ferry::security(ferry::policy(), ""), invalid_argument).what(), "secret"));
    const ferry::object any{{"expiry", 1}, {"new", ferry::object{{"a", nullptr}}}};
    const auto unchecked = ferry::security::unchecked(any, "s");
    CHECK_EQ(unchecked.policy_json(), R"({"expiry": 1, "new": {"a": null}})");
    CHECK(!ferry::security() && made);
    ferry::filestack_options options = account();
    options.security = made; // it has expired
    THROWS(ferry::filestack("TESTKEY", options).filelink("abc").content(), invalid_argument);
    options.skip_policy_checks = true;
    THROWS(ferry::filestack("TESTKEY", options).filelink("abc").content(), http);
    const ferry::security copy = made;
    CHECK_EQ(copy.signature(), made.signature());
}

static void archives_and_workflows() {
    const ferry::filestack client = new_client();
    const ferry::filelink link = client.upload_bytes("one");
    const auto path = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "both.zip";
    const std::uint64_t length = client.zip({link.handle(), client.upload_bytes("two").handle()}, path);
    CHECK_EQ(length, std::filesystem::file_size(path));
    CHECK(has(read_file(path).substr(0, 4), "PK"));
    THROWS(client.zip({}, path), invalid_argument);
    const ferry::value job = client.workflow_run("w-1", link.handle());
    std::string status;
    for (int asked = 0; asked < 5 && status != "Finished"; asked++) {
        status = client.workflow_status(job["jobid"].to_string())["status"].to_string();
    }
    CHECK_EQ(status, "Finished");
}

static void webhooks() {
    const std::string body = R"({"id":1,"action":"fp.upload"})", then = "1559199901";
    const std::string signature = ferry::webhook::sign("secret", body, then);
    const std::chrono::seconds any_age(0);
    ferry::webhook::verify("secret", body, then, signature, any_age);
    ferry::webhook::verify(std::vector<std::string>{"old", "secret"}, body, then, signature, any_age);
    ferry::webhook::verify({"old", "secret"}, body, then, signature, any_age);
    ferry::webhook::verify({"secret"}, body, then, signature, any_age);
    THROWS(ferry::webhook::verify({"old", "older"}, body, then, signature, any_age), signature_mismatch);
    THROWS(ferry::webhook::verify("secret", body, then, signature), signature_expired);
    const auto forged =
        THROWS(ferry::webhook::verify("other", body, then, signature, any_age), signature_mismatch);
    CHECK(std::string(forged.what()).find(ferry::webhook::sign("other", body, then)) == std::string::npos);
    const std::chrono::seconds negative(-1);
    THROWS(ferry::webhook::verify("secret", body, then, signature, negative), invalid_argument);
}

static void errors() {
    cloud_reset();
    ferry::filestack_options options = account();
    options.connection.max_retries = 0;
    const ferry::filestack client("TESTKEY", options);
    cloud_faults(R"([{"class":"start","action":{"status":500,"body":"on fire"}}])");
    const auto error = THROWS(client.upload_file(picture()), http);
    CHECK_EQ(error.http_status(), 500);
    CHECK_EQ(error.body(), "on fire");
    CHECK_EQ(error.step(), "start");
    CHECK_EQ(to_string(error.kind()), "FERRY_HTTP");
    CHECK_EQ(cloud_count("start"), 1);
    const ferry::error copy = error;
    CHECK_EQ(copy.body(), error.body());
    cloud_reset();
    CHECK(has(THROWS(client.upload_file("/not/there"), io).what(), "/not/there"));
    options.connection.connect_timeout = std::chrono::milliseconds(-1);
    THROWS(ferry::filestack("TESTKEY", options), invalid_argument);
    options = account();
    options.connection.trust = static_cast<ferry::trust>(7);
    CHECK(has(THROWS(ferry::filestack("TESTKEY", options), invalid_argument).what(), "trust"));
    CHECK(ferry::is_compiled_version() && ferry::version_number() > 0 && !ferry::version().empty());
}

static void errors_of_the_standard_library() {
    const ferry::filestack client = new_client();
    const std::filesystem::path gone = "/not/there";
    const auto error = THROWS(client.upload_file(gone), io);
    CHECK(error.path() == gone && error.code() == std::errc::io_error && error.kind() == ferry::errc::io);
    CHECK(error.system() == std::errc::no_such_file_or_directory);
    CHECK(!THROWS(client.upload_file(""), invalid_argument).system());
    CHECK(std::string(error.code().category().name()) == "ferry" && !error.code().message().empty());
    CHECK(THROWS(client.new_upload(gone), io).path() == gone);
    CHECK(THROWS(client.filelink("HANDLE").download("/not/there/a"), io).path() == "/not/there/a");
    CHECK(THROWS(client.filelink("HANDLE").metadata(), http).path().empty());
    CHECK(ferry::make_error_code(ferry::errc::cancelled) == std::errc::operation_canceled);
    CHECK(ferry::make_error_code(ferry::errc::timeout) == std::errc::timed_out);
    CHECK(ferry::make_error_code(ferry::errc::network) != std::errc::io_error);
    try {
        client.upload_file(gone);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::system_error &caught) {
        CHECK(caught.code() == ferry::errc::io);
        CHECK_EQ(std::string(caught.what()), error.what()); // and not what the category says
    }
    ferry::error last = error;
    ferry::error moved = std::move(last);
    CHECK(moved.path() == gone && last.path().empty() && std::string(last.what()).empty());
    const auto file = write_file("gone.txt", "soon");
    ferry::upload upload = client.new_upload(file);
    std::ofstream(file) << "another";
    CHECK(THROWS(upload.run(), file_changed).path() == file);
}

/// Clients are shared by their copies.
static void copies() {
    ferry::filestack client = new_client();
    const ferry::filestack copy = client;
    CHECK_EQ(copy.get(), client.get());
    client = ferry::filestack("OTHER");
    CHECK_EQ(copy.upload_bytes("shared").content().text(), "shared");
    const ferry::telestream flip("a", "b");
    const ferry::telestream other = flip;
    CHECK(other.get() == flip.get() && other.factory("f").id() == "f");
}

/// Handles of C become objects, and objects handles.
static void handles() {
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    const std::string base = env("FERRY_TEST_HTTP");
    options.base_url = base.c_str();
    ferry_filestack *c_client = nullptr;
    CHECK_EQ(ferry_filestack_new("TESTKEY", &options, &c_client, nullptr), FERRY_OK);
    ferry::filestack client(c_client);
    CHECK_EQ(client.get(), c_client);

    ferry_upload *c_upload = nullptr;
    const std::filesystem::path path = picture();
    CHECK_EQ(ferry_filestack_upload_new(client.get(), path.c_str(), nullptr, &c_upload, nullptr), FERRY_OK);
    ferry::upload upload(c_upload);
    struct never {
        bool stop_requested() const { return false; }
    };
    THROWS(upload.run(never()), invalid_state);
    THROWS(upload.results(), invalid_state);
    CHECK(upload.get() == c_upload && upload.run());
    THROWS(upload.results(), invalid_state);
    ferry_upload_free(upload.release());
    CHECK(upload.get() == nullptr);

    // One with callbacks, which C runs.
    int reports = 0;
    ferry::upload_options watched;
    watched.on_progress = [&](const ferry::progress &) { reports++; };
    c_upload = client.new_upload(picture(), watched).release();
    CHECK_EQ(ferry_upload_run(c_upload, nullptr), FERRY_OK);
    CHECK(reports > 1);
    ferry_filelink *c_link = nullptr;
    CHECK_EQ(ferry_upload_filelink(c_upload, &c_link, nullptr), FERRY_OK);
    ferry_upload_free(c_upload);
    ferry::filelink link(c_link);
    CHECK(link.get() == c_link && link.content().text() == read_file(picture()));

    ferry::bytes content = link.content();
    const std::size_t size = content.size();
    ferry_bytes *c_bytes = content.release();
    CHECK(ferry_bytes_len(c_bytes) == size && content.empty());
    ferry_bytes_free(c_bytes);
    ferry::transform chain = client.transform(link).flip();
    CHECK_EQ(ferry_transform_add(chain.get(), "flop", nullptr, nullptr), FERRY_OK);
    CHECK(has(chain.url(), "/flip/flop/"));
    chain = ferry::transform(chain.release());
    CHECK(has(chain.url(), "/flip/flop/"));
    ferry::conversion job = chain.av_convert({});
    job = ferry::conversion(job.release());
    CHECK(job.get() != nullptr && !job.uuid().empty());

    ferry::value metadata = link.metadata(), inside = metadata["size"];
    THROWS(inside.release(), invalid_state);
    THROWS(metadata.release(), invalid_state); // another value of it lives
    inside = {};
    ferry_value *c_value = metadata.release();
    CHECK(metadata.is_null() && metadata.get() == nullptr);
    CHECK_EQ(ferry_value_int(ferry_value_get(c_value, "size")), static_cast<std::int64_t>(size));
    ferry_value_free(c_value);
    ferry::security signs = security("secret");
    ferry_security *c_security = signs.release();
    CHECK(!signs && ferry::security(c_security).signature().size() == 64);
    ferry_filelink_free(link.release());

    // An error goes back to C, as a function that is written in C++ for C does it.
    ferry_error *c_error = nullptr;
    try {
        client.filelink("HANDLE").metadata();
    } catch (ferry::error &error) {
        {
            const ferry::error copy = error;
            CHECK(error.release() == nullptr);
        }
        const std::string what = error.what();
        c_error = error.release();
        CHECK(error.what() == what && error.body().empty() && error.get() == nullptr);
    }
    CHECK_EQ(ferry_error_http_status(c_error), 404);
    ferry_error_free(c_error);

    ferry::filestack copy = client;
    THROWS(client.release(), invalid_state);
    copy = ferry::filestack("OTHER");
    ferry_filestack_free(client.release());
    ferry_telestream *c_flip = ferry::telestream("a", "b").release();
    ferry::telestream flip(c_flip);
    CHECK_EQ(flip.get(), c_flip);
    const ferry::factory holds = flip.factory();
    THROWS(flip.release(), invalid_state);
}

static void over_tls() {
    ferry::filestack_options options;
    options.base_url = env("FERRY_TEST_HTTPS");
    options.connection.stall_timeout = std::chrono::seconds(20);
    THROWS(ferry::filestack("TESTKEY", options).upload_bytes("x"), network);
    options.connection.ca_file = env("FERRY_TEST_CA");
    CHECK_EQ(ferry::filestack("TESTKEY", options).upload_bytes("over TLS").content().text(), "over TLS");
    options.connection.trust = ferry::trust::system; // `ca_file` is trusted beside it
    CHECK_EQ(ferry::filestack("TESTKEY", options).upload_bytes("over TLS").content().text(), "over TLS");
}

/// The proxy of the environment is used by the clients that ask for it, and by no other.
static void a_proxy_of_the_environment() {
    cloud_reset();
    setenv("http_proxy", env("FERRY_TEST_HTTP").c_str(), 1);
    ferry::filestack_options options;
    options.base_url = "http://behind.the.proxy.invalid"; // no name server knows it
    options.connection.max_retries = 0;
    THROWS(ferry::filestack("TESTKEY", options).upload_bytes("x"), network);
    CHECK_EQ(cloud_count("any"), 0);
    options.connection.proxy = ferry::proxy_from_environment;
    CHECK_EQ(ferry::filestack("TESTKEY", options).upload_bytes("by proxy").content().text(), "by proxy");
    CHECK(has(cloud_ask("GET", "requests"), "behind.the.proxy.invalid"));
    unsetenv("http_proxy");
}

static void values() {
    const ferry::filestack client = new_client();
    ferry::value tags;
    CHECK(tags.is_null() && tags.json() == "null" && tags["a"][0]["b"].to_int() == 0);
    {
        const ferry::value answer = client.transform(client.upload_file(picture())).tags().json();
        tags = answer["tags"]["auto"]; // the answer lives as long as one value of it
    }
    CHECK(tags.type() == ferry::value::kind::object && tags.size() > 0);
    std::size_t count = 0;
    for (const auto &[name, confidence] : tags.members()) {
        CHECK(!name.empty() && confidence.type() == ferry::value::kind::integer);
        CHECK_EQ(tags[name].to_int(), confidence.to_int());
        CHECK_EQ(tags[count].json(), confidence.json());
        count++;
    }
    CHECK_EQ(count, tags.size());
    CHECK_EQ(static_cast<std::size_t>(std::distance(tags.begin(), tags.end())), count);
    CHECK(std::all_of(tags.begin(), tags.end(), [](const ferry::value &it) { return it.to_int() <= 100; }));
    for (const ferry::value &nothing : tags["not there"]) {
        CHECK(!nothing);
    }
    const auto members = tags.members();
    CHECK(members.end() - members.begin() == static_cast<std::ptrdiff_t>(count) && members.size() == count);
    CHECK(members.begin()->second.json() == tags.begin()->json() && tags.begin()[1].json() == tags[1].json());
    auto at = tags.end();
    CHECK((--at)->json() == tags[count - 1].json() && at > tags.begin() && *at++ && at == tags.end());
    CHECK_EQ((tags.begin() + 1 - 1)->json(), tags[0].json());
    const ferry::value text = client.upload_bytes("x").answer()["filename"];
    CHECK(text.type() == ferry::value::kind::string && text.empty() && text.begin() == text.end());
    ferry::value last = text;
    const ferry::value moved = std::move(last);
    CHECK(last.is_null() && !moved.is_null());
    last = tags[0];
    const auto kept = ferry::value(tags).begin(); // an iterator outlives its value
    CHECK(kept->json() == tags[0].json());
}

static void json_for_the_library() {
    const auto text = [](const ferry::json &it) { return it.text(); };
    CHECK_EQ(text({}), "");
    CHECK_EQ(text(nullptr), "null");
    CHECK_EQ(text(true), "true");
    CHECK_EQ(text(-5), "-5");
    CHECK_EQ(text(18446744073709551615u), "18446744073709551615");
    CHECK_EQ(text(0.1), "0.1");
    CHECK_EQ(text(1e300), "1e+300");
    CHECK_EQ(text("a\"b\\c\n\x1f\xc3\xb6"), "\"a\\\"b\\\\c\\u000a\\u001f\xc3\xb6\"");
    CHECK_EQ(text({1, "a", {true, 2.5}}), R"([1,"a",[true,2.5]])");
    CHECK_EQ(text(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
    CHECK_EQ(text(std::array<int, 2>{1, 2}), "[1,2]");
    CHECK_EQ(text(ferry::object()), "{}");
    CHECK_EQ(text(std::list<const char *>{"a"}), R"(["a"])");
    CHECK_EQ(text(std::vector<bool>{true, false}), "[true,false]");
    CHECK_EQ(text(std::vector<std::vector<int>>{{1}, {}}), "[[1],[]]");
    CHECK_EQ(ferry::json{5}.text(), "5");
    CHECK_EQ(ferry::json{"a"}.text(), R"("a")");
    CHECK_EQ(ferry::json{std::vector<int>{5}}.text(), "[5]");
    CHECK_EQ(ferry::json::list({5}).text(), "[5]");
    CHECK_EQ(text(0.1f), "0.1");
    CHECK_EQ(text(16777216.0f), "16777216");
    CHECK_EQ(text(1.0f / 3), "0.33333334");
    CHECK_EQ(text(1.0 / 3), "0.3333333333333333");
    CHECK_EQ(text(5e-324), "4.94065645841247e-324");
    const ferry::object nested{{"a", 1}, {"b", {"c", "d"}}, {"e", ferry::object{{"f", "g"}}}};
    CHECK_EQ(nested.text(), R"({"a":1,"b":["c","d"],"e":{"f":"g"}})");
    CHECK_EQ(ferry::object("{ }").set("a", 1).set("b", {}).set("c", 2).text(), R"({ "a":1,"c":2})");
    CHECK_EQ(ferry::object({{"call", {"read"}}, {"none", {}}}).text(), R"({"call":["read"]})");
    CHECK_EQ(ferry::object().set("call", {"read"}).text(), R"({"call":["read"]})");
    // What is set again stands once, in its place.
    ferry::object twice{{"a", 1}, {"b", {"a", "}"}}, {"a", "x,\"y"}};
    CHECK_EQ(twice.text(), R"({"a":"x,\"y","b":["a","}"]})");
    CHECK_EQ(twice.set("b", ferry::object{{"a", 1}}).set("a", 2).text(), R"({"a":2,"b":{"a":1}})");
    CHECK_EQ(twice.set("b", 3).set("c", 4).text(), R"({"a":2,"b":3,"c":4})");
    CHECK_EQ(ferry::object(R"({"a\"": {"b": [1, 2]}, "b" : [1,{"c":2}] })").set("b", 1).set("c", 2).text(),
             R"({"a\"": {"b": [1, 2]}, "b" :1,"c":2})");
    THROWS(ferry::object("[1]").set("a", 1), invalid_argument);
    THROWS(ferry::object("}").set("a", 1), invalid_argument);
    THROWS(ferry::json(1e308 * 10), invalid_argument);
    for (const char *name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) { // a comma, if the machine knows one of them
        if (std::setlocale(LC_NUMERIC, name) != nullptr) {
            CHECK_EQ(text(-1.5e-7), "-1.5e-07");
            CHECK_EQ(text(0.5), "0.5");
        }
    }
    std::setlocale(LC_NUMERIC, "C");
}

int main() {
    return test(stored_files, policies, archives_and_workflows, webhooks, errors,
                errors_of_the_standard_library, copies, handles, over_tls, a_proxy_of_the_environment,
                values, json_for_the_library);
}
