/// What C++20 makes nicer: designated initialisers, std::span and std::stop_token.
#include <array>
#include <chrono>
#include <ranges>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

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
    const ferry::value factory = flip.list(ferry::resource::factories, {}, {.deadline = 1min})[0];
    const std::string id = factory["id"].to_string();
    CHECK_EQ(flip.list(ferry::resource::videos, {}, {.factory_id = id, .deadline = 1min}).size(), 0u);
}

/// A stop token interrupts an upload, which another run ends.
static void stop_tokens() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","action":{"stall_ms":60000}}])");
    const ferry::filestack client = new_client();
    std::stop_source source;
    ferry::upload upload = client.new_upload(
        picture(), {.on_progress = [&](const ferry::progress &) { return !source.stop_requested(); }});
    {
        const std::jthread other([&] {
            while (cloud_count("put") == 0) {
                std::this_thread::yield();
            }
            source.request_stop();
        });
        const std::stop_callback at_once(source.get_token(), [&] { upload.interrupt(); });
        CHECK(THROWS(upload.run(), cancelled).retryable());
    }
    cloud_reset();
    source = std::stop_source();
    CHECK(upload.run());
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

template <class T>
constexpr bool only_moves = !std::is_copy_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
                            std::is_nothrow_move_assignable_v<T>;
static_assert(only_moves<ferry::filestack> && only_moves<ferry::telestream> && only_moves<ferry::upload>);
static_assert(only_moves<ferry::filelink> && only_moves<ferry::transform> && only_moves<ferry::bytes>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::error>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::batch_error>);
static_assert(only_moves<ferry::batch_result> && std::is_copy_constructible_v<ferry::batch_item>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::value>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::response>);
static_assert(std::ranges::input_range<ferry::value>);
static_assert(std::ranges::input_range<ferry::response::header_range>);

int main() {
    return test(designated_initialisers, spans, stop_tokens, views);
}
