/// Every way to upload, and what callbacks may do: watch, interrupt, throw.
#include <atomic>
#include <functional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "test.hpp"

struct own_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

static void a_file() {
    const ferry::filestack client = new_client();
    const auto caller = std::this_thread::get_id();
    std::uint64_t last = 0, total = 0, reports = 0;
    ferry::upload_options options;
    options.filename = "other.png";
    options.tags = {{"author", "me \"and\" you"}, {"place", "K\xc3\xb6ln\n"}};
    options.workflows = {"w-1", "w-2"};
    options.on_progress = [&](const ferry::progress &now) {
        CHECK(std::this_thread::get_id() == caller);
        CHECK(now.bytes_done >= last);
        last = now.bytes_done;
        total = now.bytes_total;
        reports++;
    };
    const ferry::filelink link = client.upload_file(picture(), options);
    CHECK(last == std::filesystem::file_size(picture()) && last == total && reports >= 2);
    CHECK(link.handle().size() == 20 && has(link.url(), link.handle()));
    CHECK_EQ(link.answer()["filename"], "other.png");
    CHECK_EQ(link.answer()["mimetype"], "image/png");
    CHECK_EQ(link.content().text(), read_file(picture()));
    const std::string log = cloud_ask("GET", "requests");
    CHECK(has(log, R"("upload_tags":{"author":"me \"and\" you","place":"Köln\n"})"));
    CHECK(has(log, R"(["w-1","w-2"])"));
}

static void in_one_request() {
    const ferry::filestack client = new_client();
    cloud_reset();
    ferry::upload_options options;
    options.single_request = true;
    const ferry::filelink link = client.upload_file(picture(), options);
    CHECK_EQ(link.content().text(), read_file(picture()));
    CHECK_EQ(link.answer()["handle"], link.handle());
    const std::vector<std::filesystem::path> paths{write_file("a.txt", "a"), write_file("b.txt", "b")};
    CHECK_EQ(client.upload_many(paths, options).size(), 2u);
    CHECK(cloud_count("store_api", 200) == 3 && cloud_count("start") == 0);
    options.tags = {{"a", "b"}};
    const auto refused = THROWS(client.upload_file(picture(), options), invalid_argument);
    CHECK(has(refused.what(), "tags cannot be set with single_request"));
}

static void bytes_in_memory() {
    const ferry::filestack client = new_client();
    const std::vector<unsigned char> numbers{1, 2, 3};
    CHECK_EQ(client.upload_bytes(numbers).content().text(), "\1\2\3");
    CHECK_EQ(client.upload_bytes("a text").content().text(), "a text");
    CHECK_EQ(client.upload_bytes(std::string("a\0b", 3)).content().size(), 3u);
    CHECK_EQ(client.upload_bytes({numbers.data(), 2}).content().size(), 2u);
    // An array is taken whole, whatever is in it; of a literal the NUL at its end is not part.
    CHECK_EQ(client.upload_bytes("a\0b").content().text(), std::string_view("a\0b", 3));
    const unsigned char array[] = {1, 0, 2, 0};
    CHECK_EQ(client.upload_bytes(array).content().text(), std::string_view("\1\0\2\0", 4));
    char buffer[] = {'a', '\0', 'b', '\0'};
    CHECK_EQ(client.upload_bytes(buffer).content().text(), std::string_view("a\0b\0", 4));
    CHECK_EQ(client.upload_bytes(std::string_view(buffer)).content().text(), "a");
    const char *const text = buffer;
    char *const other_text = buffer;
    CHECK(ferry::bytes_view(text).size() == 1 && ferry::bytes_view(other_text).size() == 1);
    std::byte bytes[2] = {};
    CHECK(ferry::bytes_view(bytes).size() == 2 && ferry::bytes_view(std::as_const(bytes)).size() == 2);
    const auto empty = THROWS(client.upload_bytes(std::string()), invalid_argument);
    CHECK(has(empty.what(), "empty"));
}

static void what_a_reader_gives() {
    const ferry::filestack client = new_client();
    const std::string data = noise(300000, 1);
    std::size_t at = 0;
    const auto read = [&](char *buffer, std::size_t capacity) {
        const std::size_t count = std::min({capacity, data.size() - at, std::size_t{10000}});
        data.copy(buffer, count, at);
        at += count;
        return count;
    };
    CHECK(client.upload_reader(read).content().text() == data);
    std::istringstream in(data);
    CHECK(client.upload_reader(in, {}, data.size()).content().text() == data);
    at = 0;
    THROWS(client.upload_reader(read, {}, data.size() + 1), file_changed);
    const auto too_much = [](char *, std::size_t capacity) { return capacity + 1; };
    THROWS(client.upload_reader(too_much), invalid_argument);
}

static void a_url() {
    const ferry::filestack client = new_client();
    const ferry::filelink first = client.upload_bytes("from there");
    CHECK_EQ(client.upload_url(first.url()).content().text(), "from there");
}

static void interrupted_by_a_callback() {
    const ferry::filestack client = new_client();
    ferry::upload_options options;
    options.on_progress = [](const ferry::progress &) { return false; };
    const auto error = THROWS(client.upload_file(picture(), options), cancelled);
    CHECK(error.retryable()); // a cancel is not
}

static void an_empty_function_is_no_callback() {
    const ferry::filestack client = new_client();
    void (*const none)(const ferry::progress &) = nullptr;
    bool (*const no_answer)(const ferry::progress &) = nullptr;
    for (const ferry::progress_fn &empty : {ferry::progress_fn(none), ferry::progress_fn(no_answer),
                                            ferry::progress_fn(std::function(none)),
                                            ferry::progress_fn(std::function(no_answer))}) {
        CHECK(!empty);
        ferry::upload_options options;
        options.on_progress = empty;
        CHECK_EQ(client.upload_bytes("a text", options).content().text(), "a text");
    }
    CHECK(ferry::progress_fn([](const ferry::progress &) {}));
}

static void what_a_callback_throws_comes_out() {
    const ferry::filestack client = new_client();
    ferry::upload_options options;
    options.on_progress = [](const ferry::progress &) { throw own_failure("of the callback"); };
    const auto comes_out = [&](auto upload, const char *what) {
        try {
            upload();
            failed(__FILE__, __LINE__, "nothing is thrown");
        } catch (const own_failure &error) {
            CHECK_EQ(std::string(error.what()), what);
        }
    };
    comes_out([&] { client.upload_file(picture(), options); }, "of the callback");
    comes_out([&] { client.upload_bytes("bytes", options); }, "of the callback");
    comes_out([&] { client.upload_url("http://127.0.0.1:1/", options); }, "of the callback");
    const auto read = [](char *, std::size_t) -> std::size_t { throw own_failure("of the reader"); };
    comes_out([&] { client.upload_reader(read, options); }, "of the callback");
    comes_out([&] { client.upload_reader(read); }, "of the reader");
    comes_out([&] { client.upload_reader(read, {}, 5); }, "of the reader");
    options.on_progress = [](const ferry::progress &) { throw 5; };
    try {
        client.upload_file(picture(), options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (int number) {
        CHECK_EQ(number, 5);
    }
}

/// 32 uploads at once on one client: every third is interrupted, every third throws, and each caller gets its
/// own.
static void many_at_once() {
    const ferry::filestack client = new_client();
    const std::size_t length = is_small() ? 20000 : (6 << 20);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 32; i++) {
        threads.emplace_back([&, i] {
            const auto seed = static_cast<std::uint64_t>(i);
            const std::string data = noise(length + seed, seed);
            const auto caller = std::this_thread::get_id();
            bool elsewhere = false;
            ferry::upload_options options;
            options.on_progress = [&](const ferry::progress &) {
                elsewhere |= std::this_thread::get_id() != caller;
                if (i % 3 == 1) {
                    throw own_failure(std::to_string(i));
                }
                return i % 3 == 0;
            };
            try {
                const ferry::filelink link = client.upload_bytes(data, options);
                right += link.content().text() == data && i % 3 == 0 && !elsewhere;
            } catch (const ferry::error &error) {
                const bool is_interrupt = error.code() == ferry::errc::cancelled && error.retryable();
                right += i % 3 == 2 && is_interrupt && !elsewhere;
            } catch (const own_failure &error) {
                right += i % 3 == 1 && error.what() == std::to_string(i) && !elsewhere;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK_EQ(right.load(), 32);
}

int main() {
    return test(a_file, in_one_request, bytes_in_memory, what_a_reader_gives, a_url,
                interrupted_by_a_callback, an_empty_function_is_no_callback,
                what_a_callback_throws_comes_out, many_at_once);
}
