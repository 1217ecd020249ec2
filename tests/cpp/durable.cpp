/// Uploads that outlive their process: journals and tokens.
#include <csignal>
#include <sys/wait.h>

#include "test.hpp"

static const std::size_t LENGTH = 20 << 20; // four parts

static std::filesystem::path folder() {
    return std::filesystem::path(env("FERRY_TEST_FOLDER")) / "journals";
}

static ferry::telestream new_flip() {
    ferry::telestream_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    const ferry::telestream any("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options);
    options.factory_id = any.factories().at(0).id();
    return {"LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options};
}

/// Two parts pass, the third is received and not answered.
static void stall_after_two(const std::string &kind) {
    cloud_reset();
    cloud_faults(R"([{"class":")" + kind + R"(","skip":2,"action":{"stall_ms":600000}}])");
}

static bool is_stalled() {
    const std::string rules = cloud_ask("GET", "faults");
    const char *fired = json_get(json_first(rules.c_str()), "fired");
    return fired != nullptr && std::atoi(fired) > 0;
}

static bool goes_on_until_stalled(const ferry::progress &now) {
    return now.parts_done < 2 || !is_stalled();
}

static void go_on() {
    CHECK(is_stalled());
    cloud_faults("[]");
}

/// Each part was confirmed once.
static void check_sent_once(const std::string &kind, const std::string &start) {
    CHECK_EQ(cloud_count(kind, 200), 4);
    CHECK_EQ(cloud_count(start, 200), 1);
}

static ferry::upload_options interrupting() {
    ferry::upload_options options;
    options.concurrency = 1;
    options.on_progress = goes_on_until_stalled;
    return options;
}

/// Kills a process of its own after two parts of its upload.
static void upload_and_be_killed(const std::filesystem::path &path) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    stall_after_two("put");
    const pid_t child = fork();
    if (child == 0) {
        ferry::upload_options options;
        options.concurrency = 1;
        options.journal_dir = folder();
        options.on_progress = [&](const ferry::progress &now) {
            return goes_on_until_stalled(now) || write(ends[1], "2", 1) == 1;
        };
        (void)new_client().upload_file(path, options);
        _exit(1);
    }
    close(ends[1]);
    char told = 0;
    CHECK(read(ends[0], &told, 1) == 1);
    close(ends[0]);
    CHECK(ferry::journal::list(folder()).at(0).in_use);
    int status = 0;
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    go_on();
}

static void it_goes_on_after_sigkill() {
    const std::string data = noise(LENGTH, 1);
    const auto path = write_file("film.mov", data);
    upload_and_be_killed(path);
    const auto found = ferry::journal::list(folder());
    CHECK_EQ(found.size(), 1u);
    CHECK(!found[0].id.empty() && !found[0].in_use && found[0].path == path);
    CHECK_EQ(found[0].service, "filestack");
    CHECK_EQ(found[0].size, std::uint64_t{LENGTH});
    CHECK_EQ(found[0].bytes_stored, std::uint64_t{LENGTH / 2});
    const auto now = std::chrono::system_clock::now();
    CHECK(found[0].begun <= found[0].changed && found[0].changed <= now);
    CHECK(now - found[0].begun < std::chrono::hours(1));
    CHECK_EQ(ferry::journal::prune(folder(), std::chrono::hours(1)), 0u);
    ferry::upload_options options;
    options.journal_dir = folder();
    const ferry::filestack client = new_client();
    CHECK(client.upload_file(path, options).content().text() == data);
    check_sent_once("put", "start");
    CHECK(ferry::journal::list(folder()).empty());

    upload_and_be_killed(path);
    CHECK_EQ(ferry::journal::prune(folder(), std::chrono::seconds(0)), 1u);
    CHECK(ferry::journal::list(folder()).empty());
}

static void folders_that_cannot_be_used() {
    const ferry::filestack client = new_client();
    ferry::upload_options options;
    options.journal_dir = picture();
    CHECK(has(THROWS(client.upload_file(picture(), options), invalid_argument).what(), "not a folder"));
    options.journal_dir = folder();
    CHECK(has(THROWS(client.upload_bytes("x", options), invalid_argument).what(), "the upload of a file"));
    THROWS(ferry::journal::list(""), invalid_argument);
    THROWS(ferry::journal::prune("", std::chrono::seconds(0)), invalid_argument);
    THROWS(ferry::journal::prune(folder(), std::chrono::seconds(-1)), invalid_argument);
    CHECK(ferry::journal::list(folder() / "none").empty());
}

static void a_token_goes_on_with_a_copy() {
    const std::string data = noise(LENGTH, 2);
    std::string inside, token;
    {
        const ferry::filestack client = new_client();
        stall_after_two("put");
        ferry::upload *running = nullptr;
        ferry::upload_options options = interrupting();
        options.on_progress = [&](const ferry::progress &now) {
            inside = running->token();
            return goes_on_until_stalled(now);
        };
        ferry::upload upload = client.new_upload(write_file("film.mov", data), options);
        running = &upload;
        THROWS(upload.run(), cancelled);
        token = upload.token();
        go_on();
    }
    CHECK_EQ(token.size(), inside.size());
    const ferry::filestack other = new_client();
    ferry::upload upload = other.resume_upload(write_file("copy", data), token);
    CHECK(upload.run());
    CHECK(upload.filelink().content().text() == data);
    CHECK_EQ(upload.result()["filename"], "film.mov");
    check_sent_once("put", "start");
}

static void tokens_that_are_refused() {
    const ferry::filestack client = new_client(), other("OTHERKEY", account());
    ferry::upload upload = client.new_upload(picture());
    const std::string token = upload.token();
    const auto refused = [&](const ferry::filestack &by, const std::string &text, const char *words,
                             const ferry::upload_options &options = {}) {
        CHECK(has(THROWS(by.resume_upload(picture(), text, options), invalid_argument).what(), words));
    };
    refused(client, "", "is none");
    refused(client, token.substr(0, 50), "is cut");
    refused(client, token + "A", "was altered");
    refused(client, std::string("a\0b", 3), "NUL");
    refused(other, token, "another account");
    ferry::upload_options named;
    named.filename = "x";
    refused(client, token, "the token says", named);
    const ferry::telestream flip = new_flip();
    THROWS(flip.resume_upload(picture(), token), invalid_argument);
    upload.cancel();
    THROWS(upload.token(), invalid_state);
    const ferry::upload moved = std::move(upload);
    THROWS(upload.token(), invalid_argument);
}

static void telestream_goes_on_too() {
    const auto path = write_file("film.mp4", noise(LENGTH, 3));
    const ferry::telestream flip = new_flip();
    stall_after_two("flip_part");
    ferry::telestream_upload_options options;
    options.concurrency = 1;
    options.journal_dir = folder();
    options.restart = true;
    options.on_progress = interrupting().on_progress;
    ferry::upload upload = flip.factory().new_upload(path, {{"profiles", "none"}}, options);
    THROWS(upload.run(), cancelled);
    go_on();
    CHECK_EQ(ferry::journal::list(folder()).at(0).service, "telestream");
    ferry::upload again = flip.resume_upload(path, upload.token());
    CHECK(again.run());
    ferry::video video = flip.factory().video(again.result()["id"].to_string());
    video.wait();
    CHECK_EQ(video["file_size"].to_int(), std::int64_t{LENGTH});
    CHECK_EQ(cloud_count("flip_session", 201) + cloud_count("flip_session", 200), 1);
}

int main() {
    return test(it_goes_on_after_sigkill, folders_that_cannot_be_used, a_token_goes_on_with_a_copy,
                tokens_that_are_refused, telestream_goes_on_too);
}
