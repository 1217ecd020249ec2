/// What C++20 makes nicer: designated initialisers and std::span.
#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "test.hpp"

using namespace std::chrono_literals;

static void designated_initialisers() {
    const ferry::filestack client("TESTKEY", {.base_url = env("FERRY_TEST_HTTP"), .connection = {.stall_timeout = 30s, .max_retries = 0}});
    std::uint64_t reports = 0;
    const ferry::filelink link = client.upload_file(
        picture(), {.filename = "a.png",
                    .tags = {{"a", "b"}},
                    .intelligent = ferry::intelligent::fallback,
                    .on_progress = [&](const ferry::progress &) { reports++; },
                    .deadline = 10min});
    CHECK(reports > 1);
    const std::string base = env("FERRY_TEST_HTTP");
    CHECK_EQ(client.transform(link).resize({.width = 500}).flip().url(), base + "/resize=width:500/flip/" + link.handle());
    CHECK_EQ(client.transform(link).resize({.width = 0, .height = 20.5, .align = {"top", "left"}}).crop({.dim = {0, 0, 9, 9}}).url(),
             base + "/resize=align:%5Btop,left%5D,height:20.5,width:0/crop=dim:%5B0,0,9,9%5D/" + link.handle());
    CHECK_EQ(client.transform(link).partial_pixelate({.objects = {{1, 2, 3, 4}}}).url(),
             base + "/partial_pixelate=objects:%5B%5B1,2,3,4%5D%5D/" + link.handle());
    const ferry::security security({.expiry = ferry::expiry_in(1h), .call = {"read"}}, "secret");
    CHECK_EQ(link.content({.security = security, .deadline = 1min}).size(), std::filesystem::file_size(picture()));
    CHECK_EQ(client.transform(link).add("resize", "width:9").store({.filename = "b.png"}).answer()["filename"], "b.png");
    CHECK_EQ(client.transform(link).av_convert({.preset = "mp3"}).wait({.deadline = 1min})["status"], "completed");
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
    client.transform(client.upload_file(picture())).add("resize", "width:9").stream([&](std::span<const std::byte> piece) { size += piece.size(); });
    CHECK(size > 50);
}

static_assert(!std::is_copy_constructible_v<ferry::filestack> && std::is_nothrow_move_constructible_v<ferry::filestack>);
static_assert(!std::is_copy_constructible_v<ferry::filelink> && std::is_nothrow_move_constructible_v<ferry::upload>);
static_assert(!std::is_copy_constructible_v<ferry::transform> && std::is_nothrow_move_assignable_v<ferry::transform>);
static_assert(std::is_nothrow_copy_constructible_v<ferry::error> && std::is_copy_constructible_v<ferry::value>);

int main() {
    return test(designated_initialisers, spans);
}
