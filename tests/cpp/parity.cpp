/// The cases that every binding runs alike; tests/vectors/README.md says what each of them is.
#include "test.hpp"

#include <functional>
#include <map>
#include <vector>

namespace {

/// A value of the file of cases.
class node {
public:
    explicit node(const char *at) : at_(at) {}

    node operator[](const char *name) const { return node(json_get(at_, name)); }
    explicit operator bool() const { return at_ != nullptr && !json_is(at_, "null"); }

    /// The text it stands for; "" where there is none.
    std::string text() const { return *this ? taken(json_text(at_)) : ""; }
    /// As it is written.
    std::string raw() const { return *this ? taken(json_copy(at_)) : ""; }
    std::int64_t number() const { return *this ? std::stoll(raw()) : 0; }

    std::vector<node> items() const {
        std::vector<node> found;
        for (const char *item = json_first(at_); item != nullptr; item = json_next(item)) {
            found.emplace_back(item);
        }
        return found;
    }

private:
    static std::string taken(char *text) {
        const std::string copy = text;
        std::free(text);
        return copy;
    }

    const char *at_;
};

void check(const node &gives, const char *name, std::string_view got) { CHECK_EQ(got, gives[name].text()); }
void check(const node &gives, const char *name, std::int64_t got) { CHECK_EQ(got, gives[name].number()); }

ferry::filestack client() {
    ferry::filestack_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    return ferry::filestack("TESTKEY", options);
}

ferry::telestream flip() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    options.factory_id = "fac1fac1fac1fac1fac1fac1fac1fac1";
    return {"LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options};
}

void add_tasks(ferry::transform &chain, const node &with) {
    for (const node &task : with["tasks"].items()) {
        chain.add_json(task["task"].text(), ferry::object(task["params"].raw()));
    }
}

void transform_url(const node &with, const node &gives) {
    const ferry::filestack account("TESTKEY");
    ferry::transform chain = account.transform(with["source"].text());
    add_tasks(chain, with);
    check(gives, "url", chain.url());
}

void sign_policy(const node &with, const node &gives) {
    const ferry::object policy(with["policy"].raw());
    const auto security = ferry::security::from_json(policy, with["secret"].text());
    check(gives, "policy_b64", security.policy_base64());
    check(gives, "signature", security.signature());
}

void verify_webhook(const node &with, const node &) {
    ferry::webhook::verify(with["secret"].text(), with["body"].text(), with["timestamp"].text(),
                           with["signature"].text(), std::chrono::seconds(with["tolerance"].number()));
}

void sign_request(const node &with, const node &gives) {
    ferry::telestream_options options;
    options.api_host = with["api_host"].text();
    options.factory_id = with["factory_id"].text();
    const ferry::telestream signer(with["access_key"].text(), with["secret_key"].text(), options);
    const ferry::object params(with["params"].raw());
    const std::string json =
        signer.signed_params(with["method"].text(), with["path"].text(), params, with["timestamp"].text());
    check(gives, "signature", node(json.c_str())["signature"].text());
}

void upload_bytes(const node &with, const node &gives) {
    const std::string text = with["text"].text();
    ferry::upload_options options;
    options.filename = with["filename"].text();
    const ferry::filelink link = client().upload_bytes(text, options);
    CHECK_EQ(link.content().text(), text);
    const ferry::value metadata = link.metadata();
    check(gives, "filename", metadata["filename"].to_string());
    check(gives, "mimetype", metadata["mimetype"].to_string());
    check(gives, "size", metadata["size"].to_int());
}

void upload_events(const node &with, const node &gives) {
    std::string attempts;
    ferry::filestack_options account;
    account.base_url = env("FERRY_TEST_HTTP");
    account.connection.on_event = [&](const ferry::event &it) {
        if (it.kind == ferry::event_kind::attempt) {
            attempts += (attempts.empty() ? "" : "; ") + std::string(it.step) + " " +
                        std::string(it.method) + " " + std::to_string(it.http_status) + " part " +
                        std::to_string(it.part) + " attempt " + std::to_string(it.attempt);
        }
    };
    ferry::upload_options options;
    options.filename = with["filename"].text();
    ferry::filestack("TESTKEY", account).upload_bytes(with["text"].text(), options);
    check(gives, "attempts", attempts);
}

void upload_file(const node &with, const node &) { client().upload_file(with["path"].text()); }

void metadata(const node &with, const node &) { client().filelink(with["handle"].text()).metadata(); }

void image_size(const node &with, const node &gives) {
    const ferry::filestack account = client();
    const std::filesystem::path data = env("FERRY_TEST_DATA");
    const ferry::filelink link = account.upload_file(data / with["data"].text());
    ferry::transform chain = account.transform(link.handle());
    add_tasks(chain, with);
    const ferry::value size = chain.add("imagesize").json();
    check(gives, "width", size["width"].to_int());
    check(gives, "height", size["height"].to_int());
}

void upload_video(const node &with, const node &gives) {
    ferry::telestream_upload_options options;
    options.concurrency = static_cast<std::uint32_t>(with["concurrency"].number());
    const auto film = write_file(with["filename"].text(), with["text"].text());
    ferry::upload upload = flip().factory().new_upload(film, ferry::object(with["params"].raw()), options);
    CHECK(upload.run());
    check(gives, "state", to_string(upload.state()));
}

void find_video(const node &with, const node &) { flip().factory().find_video(with["id"].text()); }

const std::map<std::string, std::function<void(const node &, const node &)>> operations = {
    {"transform_url", transform_url},   {"sign_policy", sign_policy},   {"verify_webhook", verify_webhook},
    {"sign_request", sign_request},     {"upload_bytes", upload_bytes}, {"upload_file", upload_file},
    {"upload_events", upload_events},
    {"metadata", metadata},             {"image_size", image_size},     {"upload_video", upload_video},
    {"find_video", find_video},
};

void run(const node &one) {
    const node fails = one["fails"];
    try {
        operations.at(one["do"].text())(one["with"], one["gives"]);
        CHECK(!fails);
    } catch (const ferry::error &error) {
        const std::string nothing = "nothing (" + one["name"].text() + ")";
        CHECK_EQ(to_string(error.kind()), fails ? fails["status"].text() : nothing);
        CHECK(has(error.what(), fails["message"].text()));
        CHECK(!fails["http_status"] || error.http_status() == fails["http_status"].number());
    }
}

void all_cases() {
    const std::string cases = read_file(env("FERRY_TEST_VECTORS") + "/parity.json");
    const auto all = node(cases.c_str()).items();
    for (const node &one : all) {
        run(one);
    }
    CHECK(all.size() > 20);
}

} // namespace

int main() {
    return test(all_cases);
}
