/// What C++20 makes nicer: designated initialisers, std::span and std::stop_token.
#include <algorithm>
#include <array>
#include <chrono>
#include <ranges>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

#include <ferry/async.hpp>

#include "test.hpp"

using namespace std::chrono_literals;

static void designated_initialisers() {
    const ferry::filestack client(
        "TESTKEY", {.base_url = env("FERRY_TEST_HTTP"),
                    .connection = {.stall_timeout = 30s,
                                   .max_retries = 0,
                                   .trust = ferry::trust::public_authorities}});
    std::uint64_t reports = 0;
    const ferry::filelink link = client.upload_file(
        picture(), {.filename = "a.png",
                    .tags = {{"a", "b"}},
                    .intelligent = ferry::intelligent::fallback,
                    .on_progress = [&](const ferry::progress &) { reports++; },
                    .deadline = 10min});
    CHECK(reports > 1);
    const std::string base = env("FERRY_TEST_HTTP");
    const auto chain = [&] { return client.transform(link); };
    CHECK_EQ(chain().resize({.width = 500}).flip().url(), base + "/resize=width:500/flip/" + link.handle());
    CHECK_EQ(chain().resize({.width = 0, .height = 20.5, .align = {"top", "left"}}).url(),
             base + "/resize=align:%5Btop,left%5D,height:20.5,width:0/" + link.handle());
    CHECK_EQ(chain().crop({.dim = {0, 0, 9, 9}}).url(), base + "/crop=dim:%5B0,0,9,9%5D/" + link.handle());
    CHECK_EQ(chain().partial_pixelate({.objects = {{1, 2, 3, 4}}}).url(),
             base + "/partial_pixelate=objects:%5B%5B1,2,3,4%5D%5D/" + link.handle());
    const ferry::security security({.expiry = ferry::expiry_in(1h), .call = {"read"}}, "secret");
    const ferry::bytes content = link.content({.security = security, .deadline = 1min});
    CHECK_EQ(content.size(), std::filesystem::file_size(picture()));
    const ferry::filelink stored = chain().add("resize", "width:9").store({.filename = "b.png"});
    CHECK_EQ(stored.answer()["filename"], "b.png");
    CHECK_EQ(chain().av_convert({.preset = "mp3"}).wait({.deadline = 1min})["status"], "completed");
    const ferry::telestream flip("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", {.base_url = base});
    const ferry::factory factory = flip.factories({}, {.deadline = 1min}).at(0);
    CHECK_EQ(factory.videos({}, {.deadline = 1min}).size(), 0u);
}

/// A stop token interrupts an upload, which another run ends.
static void stop_tokens() {
    cloud_reset();
    const ferry::filestack client = new_client();
    ferry::upload upload = client.new_upload(picture());
    const auto stopped_by = [&](auto call) {
        cloud_faults(R"([{"class":"put","action":{"stall_ms":60000}}])");
        cloud_ask("DELETE", "requests");
        std::stop_source source;
        const std::jthread other([&] {
            while (cloud_count("put") == 0) {
                std::this_thread::yield();
            }
            source.request_stop();
        });
        CHECK(THROWS(call(source.get_token()), cancelled).retryable());
        cloud_faults("[]");
    };
    stopped_by([&](std::stop_token token) { return upload.run(token); });
    CHECK(upload.run(std::stop_source().get_token())); // a run's token is for that run alone
    stopped_by([&](std::stop_token token) { return client.upload_file(picture(), {.stop = token}); });
    stopped_by([&](std::stop_token token) { return client.new_upload(picture(), {.stop = token}).run(); });
    stopped_by([&](std::stop_token token) { return client.upload_many({picture()}, {.stop = token}); });
    std::jthread thread([&](std::stop_token token) {
        CHECK_EQ(client.upload_bytes("in time", {.stop = token}).content({.stop = token}).text(), "in time");
    });
    thread.join(); // its destructor asks to stop
}

static void futures() {
    cloud_reset();
    const ferry::filestack client = new_client();
    const std::string data = "of a future";
    std::future<ferry::filelink> bytes = ferry::upload_bytes_async(client, data);
    std::future<std::vector<ferry::filelink>> both =
        ferry::upload_many_async(new_client(), {picture(), write_file("b.txt", "b")}); // which it keeps
    CHECK_EQ(bytes.get().content().text(), data);
    CHECK_EQ(both.get().at(1).content().text(), "b");
    CHECK(THROWS(ferry::upload_file_async(client, "/not/there").get(), io).path() == "/not/there");
    cloud_faults(R"([{"class":"put","action":{"stall_ms":60000}}])");
    std::stop_source source;
    ferry::upload upload = client.new_upload(picture());
    std::future<bool> run = ferry::run_async(upload, source.get_token());
    std::future<ferry::filelink> file =
        ferry::upload_file_async(client, picture(), {.stop = source.get_token()});
    source.request_stop();
    THROWS(file.get(), cancelled);
    THROWS(run.get(), cancelled);
    cloud_reset();
    CHECK(ferry::run_async(upload).get());
}

static void futures_of_what_is_gone() {
    const ferry::filestack client = new_client();
    auto first = ferry::upload_bytes_async(client, std::string(100000, 'x'));
    auto second = ferry::upload_bytes_async(client, std::string(100000, 'y'));
    CHECK_EQ(first.get().content().text(), std::string(100000, 'x'));
    CHECK_EQ(second.get().content().text(), std::string(100000, 'y'));
}

/// As `upload_bytes` takes them: whole, and of a literal without the NUL at its end.
static void futures_of_arrays() {
    const ferry::filestack client = new_client();
    std::future<ferry::filelink> first, second;
    {
        char buffer[] = {'a', '\0', 'b'};
        const unsigned char numbers[] = {1, 0, 2, 0};
        first = ferry::upload_bytes_async(client, buffer);
        second = ferry::upload_bytes_async(client, numbers);
        buffer[0] = 'x'; // it has its own
    }
    CHECK_EQ(first.get().content().text(), std::string_view("a\0b", 3));
    CHECK_EQ(second.get().content().text(), std::string_view("\1\0\2\0", 4));
    CHECK_EQ(ferry::upload_bytes_async(client, "c\0d").get().content().text(), std::string_view("c\0d", 3));
    const char *const text = "of a pointer";
    CHECK_EQ(ferry::upload_bytes_async(client, text).get().content().text(), text);
}

static void spans() {
    const ferry::filestack client = new_client();
    std::array<std::byte, 4> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    const ferry::filelink link = client.upload_bytes(std::span(bytes).subspan(1));
    CHECK_EQ(client.upload_bytes(std::as_bytes(std::span("abc"))).content().size(), 4u);
    const ferry::bytes content = link.content();
    const std::span<const std::byte> seen = content;
    CHECK(seen.size() == 3 && seen[0] == std::byte{2});
    std::size_t size = 0;
    link.content();
    const auto add = [&](std::span<const std::byte> piece) { size += piece.size(); };
    client.transform(client.upload_file(picture())).add("resize", "width:9").stream(add);
    CHECK(size > 50);
}

/// The files of a batch come out of a view, which is gone through once.
static void views() {
    const ferry::filestack client = new_client();
    const std::vector<std::string> names{"a.txt", "b.png", "c.txt"};
    int written = 0;
    const auto is_text = [](const std::string &name) { return name.ends_with(".txt"); };
    const auto write = [&](const std::string &name) {
        written++;
        return write_file(name, name);
    };
    std::size_t told = 0;
    const auto links = client.upload_many(
        names | std::views::filter(is_text) | std::views::transform(write),
        {.path = "texts/",
         .on_item = [&](std::size_t, const auto &, const ferry::filelink *link,
                        const ferry::error *) { told += link != nullptr; },
         .deadline = 10min});
    CHECK_EQ(links.size(), 2u);
    CHECK_EQ(links.at(0).content().text(), "a.txt");
    CHECK_EQ(links.at(1).content().text(), "c.txt");
    CHECK(written == 2 && told == 2);
}

/// What services answer goes through the algorithms of C++20.
static void ranges() {
    const ferry::filestack client = new_client();
    const auto answer = [&] { return client.transform(client.upload_file(picture())).tags().json(); };
    const ferry::value tags = answer()["tags"]["auto"];
    const auto to_int = [](const ferry::value &it) { return it.to_int(); };
    CHECK(std::ranges::all_of(tags, [](std::int64_t it) { return it <= 100; }, to_int));
    CHECK_EQ(std::ranges::distance(tags), std::ranges::ssize(tags.members()));
    const std::int64_t most = std::ranges::max(tags | std::views::transform(to_int));
    std::string names;
    for (const auto &[name, percent] : answer()["tags"]["auto"].members() | std::views::reverse) {
        names += name;
        CHECK(percent.to_int() <= most);
    }
    CHECK(has(names, tags.members()[0].first));
    const std::vector<int> numbers{1, 2, 3};
    CHECK_EQ(ferry::json(numbers | std::views::take(2)).text(), "[1,2]");
    CHECK_EQ(ferry::json(std::span(numbers)).text(), "[1,2,3]");
}

template <class T>
constexpr bool only_moves = !std::is_copy_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
                            std::is_nothrow_move_assignable_v<T>;
template <class T> constexpr bool shares = std::is_copy_constructible_v<T> && std::is_copy_assignable_v<T>;
static_assert(shares<ferry::filestack> && shares<ferry::telestream> && shares<ferry::factory>);
static_assert(only_moves<ferry::upload> && only_moves<ferry::filelink>);
static_assert(only_moves<ferry::transform> && only_moves<ferry::bytes>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::error>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::batch_error>);
static_assert(only_moves<ferry::batch_result> && std::is_copy_constructible_v<ferry::batch_item>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::value>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::response>);
template <class T>
constexpr bool is_list = std::ranges::random_access_range<T> && std::ranges::sized_range<T> &&
                         std::ranges::common_range<T> && std::ranges::viewable_range<T>;
static_assert(is_list<ferry::value> && is_list<const ferry::value &>);
static_assert(is_list<ferry::value::member_range> && is_list<ferry::response::header_range>);

/// Ids cannot be swapped.
template <class Video, class Profile>
constexpr bool encodes = requires(const Video video, const Profile profile) { video.encode(profile); };
static_assert(encodes<ferry::video, ferry::profile> && encodes<ferry::video, std::string>);
static_assert(!encodes<ferry::video, ferry::video> && !encodes<ferry::profile, ferry::video>);
static_assert(!encodes<ferry::video, ferry::factory> && !encodes<ferry::video, ferry::encoding>);

/// A span that is a temporary is taken.
template <class Bytes>
constexpr bool uploads_later =
    requires(const ferry::factory factory) { factory.new_upload_bytes(std::declval<Bytes>(), {}, {}); };
static_assert(uploads_later<std::span<char>> && uploads_later<std::span<const std::byte>>);
static_assert(!uploads_later<std::string> && !uploads_later<ferry::bytes>);

int main() {
    return test(designated_initialisers, spans, stop_tokens, futures, futures_of_what_is_gone,
                futures_of_arrays, views, ranges);
}
