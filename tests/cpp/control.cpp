/// An upload that is paused, cancelled and run again.
#include <thread>
#include <utility>

#include "test.hpp"

static const std::size_t LENGTH = 12 << 20; // three parts

static void paused_and_run_again() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","match":{"part":2},"times":1,"action":{"slow_bytes_per_second":5000000}}])");
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
    CHECK_EQ(upload.state(), "initialized");
    THROWS(upload.result(), not_ready);
    THROWS(upload.filelink(), not_ready);
    CHECK(!upload.run());
    CHECK_EQ(upload.state(), "paused");
    ferry::upload moved = std::move(upload);
    running = &moved;
    CHECK(moved.run());
    CHECK(moved.run()); // it is done, and nothing happens
    CHECK_EQ(moved.state(), "uploaded");
    CHECK(moved.filelink().content().text() == data);
    CHECK_EQ(moved.result()["handle"], moved.filelink().handle());
    CHECK_EQ(cloud_count("put"), 3);
    THROWS(upload.run(), invalid_argument);
}

static void cancelled_from_another_thread() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","action":{"slow_bytes_per_second":100000}}])");
    const ferry::filestack client = new_client();
    ferry::upload upload = client.new_upload(write_file("cancelled", noise(LENGTH, 2)));
    std::thread other([&] {
        while (cloud_count("put") == 0) {
            std::this_thread::yield();
        }
        const auto busy = THROWS(upload.run(), invalid_state);
        CHECK(has(busy.what(), "running"));
        upload.cancel();
    });
    THROWS(upload.run(), cancelled);
    other.join();
    CHECK_EQ(upload.state(), "aborted");
    THROWS(upload.run(), invalid_state);
    cloud_reset();
}

static void run_again_after_a_failure() {
    cloud_reset();
    cloud_faults(R"([{"class":"complete","times":1,"action":{"status":503}}])");
    ferry::filestack_options options = account();
    options.connection.max_retries = 0;
    const ferry::filestack client("TESTKEY", options);
    const std::string data = noise(LENGTH, 3);
    ferry::upload upload = client.new_upload(write_file("again", data));
    const auto error = THROWS(upload.run(), http);
    CHECK_EQ(error.http_status(), 503);
    CHECK_EQ(error.step(), "complete");
    CHECK(error.retryable());
    CHECK_EQ(upload.state(), "interrupted");
    CHECK(upload.run());
    CHECK(upload.filelink().content().text() == data);
    CHECK_EQ(cloud_count("put"), 3);
}

static void what_the_callback_throws_comes_out_of_run() {
    const ferry::filestack client = new_client();
    ferry::upload_options options;
    options.on_progress = [](const ferry::progress &) { throw std::out_of_range("thrown"); };
    ferry::upload upload = client.new_upload(picture(), options);
    for (int run = 0; run < 2; run++) {
        try {
            (void)upload.run();
            failed(__FILE__, __LINE__, "nothing is thrown");
        } catch (const std::out_of_range &error) {
            CHECK(run == 0 && std::string(error.what()) == "thrown");
        } catch (const ferry::error &error) {
            CHECK(run == 1 && error.code() == ferry::errc::invalid_state);
        }
    }
    CHECK_EQ(upload.state(), "aborted");
}

int main() {
    return test(paused_and_run_again, cancelled_from_another_thread, run_again_after_a_failure, what_the_callback_throws_comes_out_of_run);
}
