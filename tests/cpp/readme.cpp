/// The functions of bindings/cpp/README.md, which the harness has put into examples.hpp.
#include <csignal>
#include <sstream>

#include "test.hpp"

#include "examples.hpp"

static void examples() {
    const ferry::filestack client = new_client();
    const ferry::filelink link = upload_with_progress(client, picture());
    CHECK(has(cloud_ask("GET", "requests"), R"("upload_tags":{"album":"ferries"})"));
    std::istringstream enter("\n");
    std::streambuf *const terminal = std::cin.rdbuf(enter.rdbuf());
    ctrl_c = 1; // it stops at once, and goes on after Enter
    CHECK(upload_until_stopped(client, picture()).content().text() == read_file(picture()));
    CHECK(ctrl_c == 0 && enter.get() == EOF);
    std::cin.rdbuf(terminal);
    const auto journals = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "journals";
    CHECK(upload_whatever_happens(client, picture(), journals).content().text() == read_file(picture()));
    CHECK(std::filesystem::is_directory(journals) && std::filesystem::is_empty(journals));
    const std::vector<std::filesystem::path> album{picture(), write_file("b.txt", "second")};
    CHECK_EQ(upload_album(client, album, journals).at(1).content().text(), "second");
    CHECK(has(cloud_ask("GET", "requests"), R"("path":"album/")"));
    THROWS(upload_album(client, {picture(), "gone.png"}, journals), io);
    ferry::journal::prune(journals, std::chrono::seconds(0));
    const std::string token = upload_token(client.new_upload(picture()));
    CHECK(go_on(client, picture(), token).content().text() == read_file(picture()));
    CHECK(has(thumbnail(client, link), "/resize=fit:crop,height:120,width:120/sharpen/" + link.handle()));
    CHECK(has(read_file("thumbnail.png").substr(0, 4), "PNG"));
    labels(client, link);
    CHECK(has(address_for_an_hour(link, "secret"), "security=p:"));
    CHECK(encode(client, client.upload_bytes("a film")).content().text() == "a film");
    ferry::telestream_options flip;
    flip.base_url = env("FERRY_TEST_HTTP");
    const ferry::telestream any("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", flip);
    flip.factory_id = any.factories().at(0).id();
    const ferry::telestream telestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", flip);
    encode(telestream, write_file("film.mp4", "a film"));
    show_profiles(telestream);
    CHECK_EQ(behind_a_company_proxy("TESTKEY", account()).filelink(link.handle()).url(), link.url());
    std::ostringstream log;
    std::streambuf *const before = std::clog.rdbuf(log.rdbuf());
    talkative("TESTKEY", account()).filelink(link.handle()).metadata();
    std::clog.rdbuf(before);
    CHECK(has(log.str(), "attempt metadata GET " + link.url().substr(0, 16)));
    const std::string now = std::to_string(ferry::expiry_in(std::chrono::seconds(0)));
    CHECK_EQ(receive("{}", now, ferry::webhook::sign("secret", "{}", now), "secret"), 200);
    CHECK_EQ(receive("{ }", now, ferry::webhook::sign("secret", "{}", now), "secret"), 403);
    CHECK_EQ(receive("{}", "1559199901", ferry::webhook::sign("secret", "{}", "1559199901"), "secret"), 403);
}

int main() {
    return test(examples);
}
