/// The functions of bindings/cpp/README.md, which the harness has put into examples.hpp.
#include "test.hpp"

#include "examples.hpp"

static void examples() {
    const ferry::filestack client = new_client();
    const ferry::filelink link = upload_with_progress(client, picture());
    CHECK(has(cloud_ask("GET", "requests"), R"("upload_tags":{"album":"ferries"})"));
    CHECK(upload_step_by_step(client, picture()).content().text() == read_file(picture()));
    CHECK(has(thumbnail(client, link), "/resize=fit:crop,height:120,width:120/sharpen/" + link.handle()));
    CHECK(has(read_file("thumbnail.png").substr(0, 4), "PNG"));
    labels(client, link);
    CHECK(has(address_for_an_hour(link, "secret"), "security=p:"));
    CHECK(encode(client, client.upload_bytes("a film")).content().text() == "a film");
    ferry::telestream_options flip;
    flip.base_url = env("FERRY_TEST_HTTP");
    flip.factory_id = ferry::telestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", flip).list(ferry::resource::factories)[0]["id"].to_string();
    encode(ferry::telestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", flip), write_file("film.mp4", "a film"));
    const std::string now = std::to_string(ferry::expiry_in(std::chrono::seconds(0)));
    CHECK_EQ(receive("{}", now, ferry::webhook::sign("secret", "{}", now), "secret"), 200);
    CHECK_EQ(receive("{ }", now, ferry::webhook::sign("secret", "{}", now), "secret"), 403);
    CHECK_EQ(receive("{}", "1559199901", ferry::webhook::sign("secret", "{}", "1559199901"), "secret"), 403);
}

int main() {
    return test(examples);
}
