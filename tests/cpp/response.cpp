/// Requests that have no method of their own, and the whole response: status, headers, body, JSON, URL.
#include <algorithm>
#include <string>

#include "test.hpp"

static ferry::telestream new_flip() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    options.connection.max_retries = 0;
    return {"LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options};
}

static void what_telestream_answers() {
    const ferry::telestream client = new_flip();
    const ferry::response response = client.request("GET", "/factories.json", {{"per_page", 1}});
    CHECK_EQ(response.status(), 200);
    CHECK(response.json().type() == ferry::value::kind::array && response.json().size() == 1);
    CHECK(response.body().front() == '[' && response.body().back() == ']');
    CHECK_EQ(std::to_string(response.body().size()), response.header("content-length").value_or("none"));
    CHECK(has(response.url(), "/factories.json"));
    CHECK(response.url().find("signature=") == std::string_view::npos);
}

static void headers() {
    const ferry::telestream client = new_flip();
    ferry::response response = client.request("GET", "/factories.json");
    const auto type = response.header("Content-TYPE");
    CHECK(type && has(*type, "json") && type == response.header("content-type"));
    CHECK(!response.header("x-not-there") && !response.header(""));
    THROWS(response.header(std::string("a\0b", 3)), invalid_argument);
    std::size_t count = 0, types = 0;
    for (const auto &[name, value] : response.headers()) {
        CHECK(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
        CHECK(response.header(name).has_value());
        types += name == "content-type" && value == *type;
        count++;
    }
    CHECK(types == 1 && count == response.headers().size() && count > 1);
    // The range keeps the response, and so does a copy.
    count = 0;
    for (const auto &one : client.request("GET", "/factories.json").headers()) {
        count += one.name == "content-type" && one.value == *type;
    }
    {
        const auto headers = response.headers();
        CHECK_EQ(headers.end() - headers.begin(), static_cast<std::ptrdiff_t>(headers.size()));
        CHECK(headers.begin()->name == headers[0].name && headers.begin()[0].value == headers[0].value);
    }
    CHECK_EQ(count, 1u);
    ferry::response copy = response;
    ferry::response moved = std::move(response);
    CHECK_EQ(copy.body().data(), moved.body().data());
    THROWS(copy.release(), invalid_state);
    copy = ferry::response(nullptr);
    {
        const auto still_there = moved.headers();
        THROWS(moved.release(), invalid_state);
    }
    ferry_response *const handle = moved.release();
    CHECK(moved.get() == nullptr && ferry_response_status(handle) == 200);
    CHECK_EQ(ferry::response(handle).status(), 200); // which frees it
    CHECK(response.status() == 0 && response.body().empty() && response.headers().empty());
    CHECK(response.url().empty() && !response.header("content-type"));
    THROWS(response.json(), invalid_argument);
}

static void bodies_of_all_kinds() {
    const ferry::telestream client = new_flip();
    const auto answer = [&](const std::string &body) {
        cloud_faults(R"([{"class":"any","action":{"body":")" + body + R"("}}])");
        return client.request("GET", "/any.json");
    };
    CHECK(answer("").body().empty() && answer("").json().is_null());
    CHECK_EQ(answer("not JSON").body(), "not JSON");
    THROWS(answer("not JSON").json(), protocol);
    CHECK_EQ(answer(R"({\"a\":1})").json()["a"].to_int(), 1);
    CHECK_EQ(answer(R"(a\u0000b)").body(), std::string_view("a\0b", 3));
    cloud_reset();
}

static void any_request_to_filestack() {
    cloud_reset();
    ferry::filestack_options options = account();
    options.connection.max_retries = 0;
    const ferry::filestack client("TESTKEY", options);
    const ferry::filelink link = client.upload_bytes(std::string("a\0b", 3));
    const ferry::response response = client.request("GET", link.url());
    CHECK(response.status() == 200 && response.body() == std::string_view("a\0b", 3));
    CHECK(client.request("HEAD", link.url()).body().empty());

    cloud_reset();
    CHECK(has(THROWS(client.request("GET", "https://example.com/x"), invalid_argument).what(), "target"));
    CHECK(has(THROWS(client.request("BREW", "/file"), invalid_argument).what(), "method"));
    CHECK(has(THROWS(client.request("POST", "/file", "no JSON"), invalid_argument).what(), "is not JSON"));
    CHECK_EQ(cloud_count("any"), 0);

    cloud_faults(R"([{"class":"any","action":{"status":418}}])");
    const auto refused = THROWS(client.request("POST", "/file", {{"sent", {"as", "it", "is"}}}), http);
    CHECK_EQ(refused.http_status(), 418);
    CHECK(has(cloud_ask("GET", "requests"), R"({"sent":["as","it","is"]})"));
    cloud_reset();
}

static void options_of_a_request() {
    cloud_faults(R"([{"class":"any","action":{"stall_ms":60000}}])");
    const ferry::filestack client = new_client();
    ferry::request_options options;
    options.deadline = std::chrono::milliseconds(200);
    const double began = clock_now();
    THROWS(client.request("GET", "/file/x", {}, options), timeout);
    CHECK(clock_now() - began < 0.2 + promised_second());
    options = {};
    options.on_progress = [](const ferry::progress &) { return false; };
    CHECK(THROWS(client.request("GET", "/file/x", {}, options), cancelled).retryable());
    cloud_reset();
    options = {};
    options.security = ferry::security::unchecked({{"expiry", 4102444800}}, "secret");
    THROWS(client.request("GET", "/file/x", {}, options), http);
    CHECK(has(cloud_ask("GET", "requests"), "signature="));
}

int main() {
    return test(what_telestream_answers, headers, bodies_of_all_kinds, any_request_to_filestack,
                options_of_a_request);
}
