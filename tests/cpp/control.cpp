/// An upload that is paused, interrupted, cancelled and run again.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

#include "test.hpp"

static const std::size_t LENGTH = 12 << 20; // three parts

struct own_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The first part is stored; the others are received and not answered.
static void stall_after_the_first_part() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","skip":1,"action":{"stall_ms":60000}}])");
}

/// Known to the upload: what the cloud has answered may be on its way.
static void await_confirmed_part(const std::atomic<bool> &confirmed) {
    for (const double end = clock_now() + 60; !confirmed && clock_now() < end;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

/// The numbers of the parts whose PUT was answered with 200.
static std::vector<int> parts_stored() {
    const std::string log = cloud_ask("GET", "requests");
    std::vector<int> parts;
    for (const char *one = json_first(log.c_str()); one != nullptr; one = json_next(one)) {
        if (json_is(json_get(one, "class"), "\"put\"") && json_is(json_get(one, "status"), "200")) {
            parts.push_back(std::atoi(json_get(one, "part")));
        }
    }
    return parts;
}

static void check_soon(double since) {
    const double took = clock_now() - since;
    if (took >= promised_second()) {
        failed(__FILE__, __LINE__, "it took " + std::to_string(took) + " s to come back");
    }
}

static void paused_and_run_again() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","skip":1,"times":1,"action":{"slow_bytes_per_second":5000000}}])");
    const ferry::filestack client = new_client();
    const std::string data = noise(LENGTH, 1);
    ferry::upload *running = nullptr;
    bool paused = false;
    ferry::upload_options options;
    options.concurrency = 1;
    options.on_progress = [&](const ferry::progress &now) {
        if (now.parts_done > 0 && !paused) {
            paused = true;
            running->pause();
        }
    };
    ferry::upload upload = client.new_upload(write_file("paused", data), options);
    running = &upload;
    CHECK_EQ(upload.state(), ferry::upload_state::initialized);
    THROWS(upload.result(), not_ready);
    THROWS(upload.filelink(), not_ready);
    CHECK(!upload.run());
    CHECK_EQ(upload.state(), ferry::upload_state::paused);
    ferry::upload moved = std::move(upload);
    running = &moved;
    CHECK(moved.run());
    CHECK(moved.run()); // it is done, and nothing happens
    CHECK_EQ(moved.state(), ferry::upload_state::uploaded);
    CHECK(moved.filelink().content().text() == data);
    CHECK_EQ(moved.result()["handle"], moved.filelink().handle());
    CHECK_EQ(cloud_count("put"), 3);
    THROWS(upload.run(), invalid_argument);
    CHECK_EQ(upload.state(), ferry::upload_state::unknown);
}

enum class way { by_answer, in_callback, by_exception, from_thread };

/// Interrupted once the service has confirmed a part, then run again to the end: that part is not sent again.
static void interrupted_and_run_again(way how) {
    stall_after_the_first_part();
    const ferry::filestack client = new_client();
    const std::string data = noise(LENGTH, 10 + static_cast<std::uint64_t>(how));
    ferry::upload *running = nullptr;
    double asked = 0;
    std::atomic<bool> is_confirmed = false;
    ferry::upload_options options;
    options.concurrency = 2;
    options.on_progress = [&](const ferry::progress &now) {
        is_confirmed = now.parts_done > 0;
        if (now.parts_done == 0 || asked > 0 || how == way::from_thread) {
            return true;
        }
        asked = clock_now();
        if (how == way::by_exception) {
            throw own_failure("enough");
        }
        if (how == way::in_callback) {
            running->interrupt();
        }
        return how == way::in_callback;
    };
    ferry::upload upload = client.new_upload(write_file("interrupted", data), options);
    running = &upload;
    std::thread other;
    if (how == way::from_thread) {
        other = std::thread([&] {
            await_confirmed_part(is_confirmed);
            asked = clock_now();
            upload.interrupt();
        });
    }
    try {
        (void)upload.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::error &error) {
        CHECK(how != way::by_exception);
        CHECK_EQ(to_string(error.kind()), "FERRY_CANCELLED");
        CHECK(error.retryable());
    } catch (const own_failure &error) {
        CHECK(how == way::by_exception && std::string(error.what()) == "enough");
    }
    check_soon(asked);
    if (other.joinable()) {
        other.join();
    }
    CHECK_EQ(upload.state(), ferry::upload_state::interrupted);
    const std::vector<int> confirmed = parts_stored();
    CHECK_EQ(confirmed.size(), 1u);
    asked = 1; // the next run is left alone
    cloud_faults("[]");
    CHECK(upload.run());
    CHECK_EQ(upload.state(), ferry::upload_state::uploaded);
    // Another part that was under way may have arrived after the call had ended.
    const std::vector<int> all = parts_stored();
    CHECK_EQ(std::set<int>(all.begin(), all.end()).size(), 3u);
    CHECK_EQ(std::count(all.begin(), all.end(), confirmed.at(0)), 1);
    CHECK(upload.filelink().content().text() == data);
}

static void interrupted_by_an_answer() {
    interrupted_and_run_again(way::by_answer);
}
static void interrupted_in_a_callback() {
    interrupted_and_run_again(way::in_callback);
}
static void interrupted_by_an_exception() {
    interrupted_and_run_again(way::by_exception);
}
static void interrupted_from_another_thread() {
    interrupted_and_run_again(way::from_thread);
}

/// So slow that it would take years, until a callback takes the limit away.
static void a_limit_that_is_taken_away() {
    cloud_reset();
    ferry::upload *running = nullptr;
    int reports = 0, sent = -1;
    ferry::upload_options options;
    options.bytes_per_second = 1;
    options.on_progress = [&](const ferry::progress &) {
        if (++reports == 3) {
            sent = cloud_count("any");
            running->limit(0);
        }
        return true;
    };
    const ferry::filestack client = new_client();
    ferry::upload upload = client.new_upload(picture(), options);
    running = &upload;
    CHECK(upload.run());
    CHECK_EQ(sent, 0);
}

static void an_upload_in_the_background() {
    cloud_reset();
    ferry::filestack_options options = account();
    options.connection.manners = static_cast<ferry::manners>(2);
    CHECK(has(THROWS(ferry::filestack("TESTKEY", options), invalid_argument).what(), "manners is 2"));
#ifdef __linux__ // which tells the round trip
    options.connection.manners = ferry::manners::background;
    const ferry::filestack client("TESTKEY", options);
    CHECK_EQ(client.upload_bytes("quiet").content().text(), "quiet");
#endif
}

static void an_interrupt_while_nothing_runs_does_nothing() {
    const ferry::filestack client = new_client();
    ferry::upload upload = client.new_upload(picture());
    upload.interrupt();
    CHECK_EQ(upload.state(), ferry::upload_state::initialized);
    CHECK(upload.run());
}

/// What a callback throws comes out of the run that called it, and of no later one.
static void an_exception_does_not_outlive_its_run() {
    cloud_reset();
    const ferry::filestack client = new_client();
    ferry::upload *running = nullptr;
    int calls = 0;
    ferry::upload_options options;
    options.on_progress = [&](const ferry::progress &) {
        if (calls++ == 0) {
            running->pause();
            throw own_failure("enough");
        }
    };
    ferry::upload upload = client.new_upload(picture(), options);
    running = &upload;
    try {
        (void)upload.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const own_failure &) {
        CHECK_EQ(calls, 1); // it is not asked again
    }
    while (!upload.run()) {
        CHECK(calls < 100); // the pause may have been left for the next run
    }
    CHECK_EQ(upload.state(), ferry::upload_state::uploaded);
}

static void cancelled_from_another_thread() {
    stall_after_the_first_part();
    const ferry::filestack client = new_client();
    std::atomic<bool> is_confirmed = false;
    ferry::upload_options options;
    options.on_progress = [&](const ferry::progress &now) { is_confirmed = now.parts_done > 0; };
    ferry::upload upload = client.new_upload(write_file("cancelled", noise(LENGTH, 2)), options);
    double asked = 0;
    std::thread other([&] {
        await_confirmed_part(is_confirmed);
        const auto busy = THROWS(upload.run(), invalid_state);
        CHECK(has(busy.what(), "running"));
        asked = clock_now();
        upload.cancel();
    });
    const auto error = THROWS(upload.run(), cancelled);
    const double ended = clock_now();
    other.join();
    CHECK(ended - asked < promised_second());
    CHECK(!error.retryable());
    CHECK_EQ(upload.state(), ferry::upload_state::aborted);
    THROWS(upload.run(), invalid_state);
    cloud_reset();
}

static void cancelled_in_a_callback() {
    stall_after_the_first_part();
    const ferry::filestack client = new_client();
    ferry::upload *running = nullptr;
    double asked = 0;
    ferry::upload_options options;
    options.on_progress = [&](const ferry::progress &now) {
        if (now.parts_done > 0 && asked == 0) {
            asked = clock_now();
            running->cancel();
        }
    };
    ferry::upload upload = client.new_upload(write_file("cancelled", noise(LENGTH, 3)), options);
    running = &upload;
    CHECK(!THROWS(upload.run(), cancelled).retryable());
    check_soon(asked);
    CHECK_EQ(upload.state(), ferry::upload_state::aborted);
    cloud_reset();
}

static void run_again_after_a_failure() {
    cloud_reset();
    cloud_faults(R"([{"class":"complete","times":1,"action":{"status":503}}])");
    ferry::filestack_options options = account();
    options.connection.max_retries = 0;
    const ferry::filestack client("TESTKEY", options);
    const std::string data = noise(LENGTH, 4);
    ferry::upload upload = client.new_upload(write_file("again", data));
    const auto error = THROWS(upload.run(), http);
    CHECK_EQ(error.http_status(), 503);
    CHECK_EQ(error.step(), "complete");
    CHECK(error.retryable());
    CHECK_EQ(upload.state(), ferry::upload_state::interrupted);
    CHECK(upload.run());
    CHECK(upload.filelink().content().text() == data);
    CHECK_EQ(cloud_count("put"), 3);
}

static void states_have_words() {
    using ferry::upload_state;
    CHECK_EQ(to_string(upload_state::unknown), "unknown");
    CHECK_EQ(to_string(upload_state::initialized), "initialized");
    CHECK_EQ(to_string(upload_state::uploading), "uploading");
    CHECK_EQ(to_string(upload_state::paused), "paused");
    CHECK_EQ(to_string(upload_state::interrupted), "interrupted");
    CHECK_EQ(to_string(upload_state::error), "error");
    CHECK_EQ(to_string(upload_state::uploaded), "uploaded");
    CHECK_EQ(to_string(upload_state::aborted), "aborted");
}

/// Run a started upload as a loop would.
static bool run_in_a_loop(ferry::upload &upload) {
    upload.start();
    while (!upload.poll()) {
        pollfd ready = {upload.descriptor(), POLLIN, 0};
        poll(&ready, 1, -1);
    }
    const bool is_stored = upload.finish();
    CHECK_EQ(upload.descriptor(), -1);
    return is_stored;
}

static void in_a_loop_of_the_program() {
    const ferry::filestack client = new_client();
    const auto here = std::this_thread::get_id();
    int reports = 0, throws = 0;
    ferry::upload_options options;
    options.on_progress = [&](const ferry::progress &) {
        CHECK(std::this_thread::get_id() == here);
        reports++;
        if (throws-- > 0) {
            throw std::out_of_range("enough");
        }
    };
    ferry::upload upload = client.new_upload(picture(), options);
    CHECK(upload.poll() && upload.descriptor() == -1);
    THROWS(upload.finish(), invalid_state);
    throws = 1;
    try {
        (void)run_in_a_loop(upload);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const std::out_of_range &) {
    }
    upload.pause();
    CHECK(!run_in_a_loop(upload));
    CHECK(run_in_a_loop(upload) && reports > 1);
    CHECK_EQ(upload.filelink().content().text(), read_file(picture()));
}

int main() {
    return test(in_a_loop_of_the_program, paused_and_run_again, interrupted_by_an_answer, interrupted_in_a_callback,
                interrupted_by_an_exception, interrupted_from_another_thread,
                a_limit_that_is_taken_away, an_upload_in_the_background,
                an_interrupt_while_nothing_runs_does_nothing, an_exception_does_not_outlive_its_run,
                cancelled_from_another_thread, cancelled_in_a_callback, run_again_after_a_failure,
                states_have_words);
}
