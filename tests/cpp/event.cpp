/// Events of a client: each attempt, on the thread that made the call; what a callback throws; its lifetime.
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "test.hpp"

struct own_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

static const std::size_t LENGTH = 6 << 20; // two parts

static ferry::filestack client_with(ferry::event_fn on_event) {
    ferry::filestack_options options = account();
    options.connection.on_event = std::move(on_event);
    return ferry::filestack("TESTKEY", options);
}

static void every_attempt_is_told() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","times":1,"action":{"status":503}}])");
    const auto here = std::this_thread::get_id();
    int attempts = 0, connections = 0, retries = 0;
    const ferry::filestack client = client_with([&](const ferry::event &it) {
        CHECK(std::this_thread::get_id() == here);
        attempts += it.kind == ferry::event_kind::attempt;
        connections += it.kind == ferry::event_kind::connection;
        for (const std::string_view text : {it.url, it.message, it.request_id}) {
            CHECK(text.find("TESTKEY") == std::string_view::npos);
        }
        if (it.kind == ferry::event_kind::attempt) {
            CHECK(it.whole >= it.first_byte && it.attempt > 0 && it.bytes_sent > 0 && !it.method.empty());
            CHECK(it.failure.has_value() == (it.http_status == 503));
            CHECK(it.time > std::chrono::system_clock::now() - std::chrono::hours(1));
        }
        if (it.kind == ferry::event_kind::retry) {
            retries++;
            CHECK(it.failure == ferry::errc::http && it.step == "put" && it.part > 0);
            CHECK(it.wait <= std::chrono::milliseconds(250) && has(it.message, "503"));
        }
    });
    client.upload_bytes(noise(LENGTH, 1));
    CHECK_EQ(attempts, cloud_count("any"));
    CHECK(retries == 1 && connections > 0);
    CHECK_EQ(to_string(ferry::event_kind::concurrency), "concurrency");
    CHECK_EQ(to_string(static_cast<ferry::event_kind>(99)), "unknown");
}

/// It comes out of the call, which is interrupted if there is a progress callback.
static void what_it_throws_ends_the_call() {
    for (const bool has_progress : {false, true}) {
        cloud_reset();
        if (has_progress) {
            cloud_faults(R"([{"class":"put","action":{"stall_ms":60000}}])");
        }
        int told = 0;
        const ferry::filestack client = client_with([&](const ferry::event &) {
            told++;
            throw own_failure("no more");
        });
        ferry::upload_options options;
        if (has_progress) {
            options.on_progress = [](const ferry::progress &) {};
        }
        try {
            client.upload_bytes(noise(LENGTH, 2), options);
            CHECK(!"it does not throw");
        } catch (const own_failure &failure) {
            CHECK_EQ(failure.what(), std::string("no more"));
        }
        CHECK_EQ(told, 1);
        CHECK_EQ(cloud_count("complete") > 0, !has_progress);
        cloud_reset();
        try { // it is over with that call
            client.filelink("ABCDEFGHIJ0123456789").metadata();
        } catch (const own_failure &) {
            CHECK_EQ(told, 2);
        }
    }
}

/// Of a batch too; and no later call is told of it.
static void what_it_throws_ends_a_batch() {
    cloud_reset();
    const std::vector<std::filesystem::path> paths{write_file("batch.bin", noise(1000, 3))};
    int told = 0;
    const ferry::filestack client = client_with([&](const ferry::event &) {
        told++;
        throw own_failure("no more");
    });
    try {
        (void)client.upload_many(paths);
        CHECK(!"it does not throw");
    } catch (const own_failure &) {
        CHECK_EQ(told, 1);
    }
    CHECK_EQ(new_client().upload_many(paths).size(), 1u);
}

/// A started upload is one call, also if its handle comes from C: it is told nothing more, and finish throws.
static void what_it_throws_ends_a_started_upload() {
    const auto path = write_file("started.bin", noise(LENGTH, 4));
    for (const bool is_from_c : {false, true}) {
        cloud_reset();
        int told = 0;
        const ferry::filestack client = client_with([&](const ferry::event &) {
            told++;
            throw own_failure("no more");
        });
        ferry::upload upload = client.new_upload(path);
        if (is_from_c) {
            upload = ferry::upload(upload.release());
        }
        upload.start();
        while (!upload.poll()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            CHECK_EQ(client.filelink("ABCDEFGHIJ0123456789").handle(), "ABCDEFGHIJ0123456789");
        }
        try {
            (void)upload.finish();
            CHECK(!"it does not throw");
        } catch (const own_failure &) {
            CHECK_EQ(told, 1);
        }
    }
}

/// A call of C has nobody who takes it. The client that is made next frees what is its own, once.
static void what_it_throws_into_c_frees_nothing_twice() {
    cloud_reset();
    const ferry::filestack client = client_with([](const ferry::event &) { throw own_failure("no more"); });
    const auto kept = std::make_shared<int>(0);
    for (const bool is_telestream : {false, true}) {
        ferry_filelink *link = nullptr;
        CHECK_EQ(ferry_filestack_upload_bytes(client.get(), "abc", 3, nullptr, &link, nullptr), FERRY_OK);
        ferry_filelink_free(link);
        ferry::connection_options connection;
        connection.on_event = [kept](const ferry::event &) {};
        try {
            if (is_telestream) {
                ferry::telestream_options options;
                options.connection = connection;
                ferry::telestream("an access key", "a secret key", options);
            } else {
                ferry::filestack_options options;
                options.connection = connection;
                ferry::filestack("TESTKEY", options);
            }
        } catch (const own_failure &) {
        }
    }
    CHECK_EQ(kept.use_count(), 1);
}

static void it_lives_as_long_as_what_the_client_has_made() {
    const auto kept = std::make_shared<int>(0);
    const auto on_event = [kept](const ferry::event &) { ++*kept; };
    cloud_reset();
    std::optional<ferry::filelink> link;
    {
        const ferry::filestack client = client_with(on_event);
        link = client.upload_bytes("some bytes");
    }
    const int before = *kept;
    CHECK(before > 0 && kept.use_count() == 3);
    CHECK_EQ(link->content().text(), "some bytes");
    CHECK(*kept > before);
    link.reset();
    CHECK_EQ(kept.use_count(), 2);
    ferry::filestack_options options = account();
    options.connection.on_event = on_event;
    options.connection.proxy = "no proxy";
    THROWS(ferry::filestack("TESTKEY", options), invalid_argument);
    options = {};
    CHECK_EQ(kept.use_count(), 2);
}

int main() {
    return test(every_attempt_is_told, what_it_throws_ends_the_call, what_it_throws_ends_a_batch,
                what_it_throws_ends_a_started_upload, what_it_throws_into_c_frees_nothing_twice,
                it_lives_as_long_as_what_the_client_has_made);
}
