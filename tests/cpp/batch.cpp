/// Uploads of many files: in order, with one that fails, stopped and run again, with callbacks that throw.
#include <functional>
#include <list>
#include <set>
#include <thread>
#include <type_traits>

#include "test.hpp"

static const std::size_t FILES = 30, LONG = 7;

struct own_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

static std::string name_of(std::size_t index) {
    return std::to_string(index) + ".bin";
}

/// One of them has two parts.
static std::string content_of(std::size_t index) {
    return noise(index == LONG ? (5 << 20) + 1 : 1000 + index, 100 + index);
}

static std::vector<std::filesystem::path> make_files(std::size_t count = FILES) {
    std::vector<std::filesystem::path> paths;
    for (std::size_t index = 0; index < count; index++) {
        paths.push_back(write_file(name_of(index), content_of(index)));
    }
    return paths;
}

static ferry::filestack client_without_retries() {
    ferry::filestack_options options = account();
    options.connection.max_retries = 0;
    return ferry::filestack("TESTKEY", options);
}

static std::filesystem::path new_journals() {
    const auto folder = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "batch-journals";
    std::filesystem::remove_all(folder);
    return folder;
}

/// The storage receives everything and answers nothing.
static void stall() {
    cloud_reset();
    cloud_faults(R"([{"class":"put","action":{"stall_ms":600000}}])");
}

static void await_put() {
    for (const double end = clock_now() + 60; cloud_count("put") == 0 && clock_now() < end;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    CHECK(cloud_count("put") > 0);
}

/// How many files the cloud has.
static int cloud_files() {
    const std::string files = cloud_ask("GET", "files");
    int count = 0;
    for (const char *one = json_first(files.c_str()); one != nullptr; one = json_next(one)) {
        count++;
    }
    return count;
}

static void check_stored(const ferry::filelink &link, std::size_t index) {
    CHECK(link.content().text() == content_of(index));
}

static void all_are_stored_in_order() {
    cloud_reset();
    const int before_it = cloud_files();
    const auto paths = make_files();
    const ferry::filestack client = new_client();
    const auto here = std::this_thread::get_id();
    std::set<std::size_t> told;
    std::set<std::string> handles;
    std::uint32_t files_done = 0;
    ferry::upload_options options;
    options.tags = {{"album", "ferries"}};
    options.on_item = [&](std::size_t index, const std::filesystem::path &path, const ferry::filelink *link,
                          const ferry::error *error) {
        CHECK(std::this_thread::get_id() == here && link != nullptr && error == nullptr);
        CHECK(path == paths.at(index));
        CHECK(told.insert(index).second);
        handles.insert(link->handle());
    };
    options.on_progress = [&](const ferry::progress &now) {
        CHECK_EQ(now.files_total, FILES);
        CHECK(now.files_done >= files_done);
        files_done = now.files_done;
    };
    const std::vector<ferry::filelink> links = client.upload_many(paths, options);
    CHECK_EQ(told.size(), FILES);
    CHECK_EQ(files_done, FILES);
    CHECK_EQ(links.size(), FILES);
    for (std::size_t index = 0; index < links.size(); index++) {
        check_stored(links[index], index);
        CHECK_EQ(links[index].answer()["filename"], name_of(index));
        CHECK_EQ(handles.count(links[index].handle()), 1u);
    }
    CHECK_EQ(cloud_files() - before_it, static_cast<int>(FILES));
    CHECK(has(cloud_ask("GET", "requests"), R"("upload_tags":{"album":"ferries"})"));
}

static void items_have_names_of_their_own() {
    const auto path = make_files(1)[0];
    const ferry::filestack client = new_client();
    ferry::upload_options first, second;
    first.filename = "first.txt";
    second.filename = "second.txt";
    const auto links = client.upload_many({path, {path, first}, {path, second}});
    CHECK_EQ(links.size(), 3u);
    CHECK_EQ(links[0].answer()["filename"], name_of(0));
    CHECK_EQ(links[1].answer()["filename"], "first.txt");
    CHECK_EQ(links[2].answer()["filename"], "second.txt");
}

static void items_are_any_list() {
    const auto paths = make_files(2);
    const ferry::filestack client = new_client();
    const std::string first = paths[0].string(), second = paths[1].string();
    const auto check = [](const std::vector<ferry::filelink> &links) {
        CHECK_EQ(links.size(), 2u);
        check_stored(links[0], 0);
        check_stored(links[1], 1);
    };
    check(client.upload_many({first.c_str(), second.c_str()}));
    check(client.upload_many(std::list<std::string>{first, second}));
    std::vector<ferry::batch_item> items{paths[0], paths[1]};
    check(client.upload_many(items));
    const std::string_view array[] = {first, second};
    check(client.upload_many(array));
    const auto folder = std::filesystem::path(env("FERRY_TEST_FOLDER")) / "folder";
    std::filesystem::create_directory(folder);
    std::filesystem::copy_file(paths[0], folder / "only");
    check_stored(client.upload_many(std::filesystem::directory_iterator(folder)).at(0), 0);
    // One path is no list, though one could go through its characters or elements.
    static_assert(!ferry::detail::is_list_of_items_v<std::string>);
    static_assert(!ferry::detail::is_list_of_items_v<const std::filesystem::path &>);
    static_assert(!ferry::detail::is_list_of_items_v<const char *&>);
}

static void an_empty_function_is_no_callback() {
    using function = void(std::size_t, const std::filesystem::path &, const ferry::filelink *,
                          const ferry::error *);
    ferry::upload_options options;
    for (const ferry::item_fn &empty : {ferry::item_fn(std::function<function>()),
                                        ferry::item_fn(static_cast<function *>(nullptr))}) {
        options.on_item = empty;
        CHECK_EQ(new_client().upload_many(make_files(2), options).size(), 2u);
    }
}

static void one_fails_and_the_others_do_not() {
    cloud_reset();
    auto paths = make_files();
    paths[3] = paths[3].string() + ".gone";
    const ferry::filestack client = new_client();
    std::size_t stored = 0;
    std::optional<ferry::error> told;
    ferry::upload_options options;
    options.on_item = [&](std::size_t index, const std::filesystem::path &, const ferry::filelink *link,
                          const ferry::error *error) {
        CHECK((link == nullptr) == (index == 3) && (error == nullptr) == (index != 3));
        stored += link != nullptr;
        if (error != nullptr) {
            told = *error; // a copy is not lent
        }
    };
    std::optional<ferry::batch_error> caught;
    try {
        (void)client.upload_many(paths, options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::batch_error &error) {
        caught = error;
    }
    CHECK_EQ(stored, FILES - 1);
    CHECK(caught && told);
    if (!caught || !told) {
        return;
    }
    CHECK_EQ(to_string(caught->kind()), "FERRY_IO");
    CHECK(has(caught->what(), "1 of 30 files is not stored") && has(caught->what(), "3.bin.gone"));
    CHECK(!caught->retryable());
    CHECK_EQ(to_string(told->kind()), "FERRY_IO");
    CHECK(has(told->what(), "3.bin.gone"));
    CHECK_EQ(caught->results().size(), FILES);
    for (std::size_t index = 0; index < FILES; index++) {
        const ferry::batch_result &result = caught->results()[index];
        CHECK(result.path == paths[index]);
        CHECK(result.filelink.has_value() == (index != 3) && result.error.has_value() == (index == 3));
        if (result.filelink) {
            check_stored(*result.filelink, index);
        }
    }
    CHECK_EQ(caught->results()[3].error->what(), std::string(told->what()));
}

static void an_error_has_what_the_service_said() {
    cloud_reset();
    cloud_faults(R"([{"class":"start","match":{"filename":"2.bin"},"times":9,"action":{"status":503}}])");
    const auto paths = make_files(4);
    const ferry::filestack client = client_without_retries();
    try {
        (void)client.upload_many(paths);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::batch_error &error) {
        CHECK_EQ(to_string(error.kind()), "FERRY_HTTP");
        CHECK(error.retryable());
        const auto &own = error.results().at(2).error;
        CHECK(own && own->http_status() == 503 && own->step() == "start" && own->retryable());
    }
    cloud_reset();
}

enum class way { by_answer, by_exception, by_progress, in_callback };

/// Stopped after ten files, then run again to the end: no file is sent twice.
static void stopped_and_run_again(way how) {
    cloud_reset();
    const int before_it = cloud_files();
    const auto paths = make_files();
    const ferry::filestack client = new_client();
    ferry::upload *running = nullptr;
    std::size_t told = 0;
    bool stops = true;
    ferry::upload_options options;
    options.on_item = [&](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                          const ferry::error *) {
        told++;
        if (!stops || told != 10) {
            return true;
        }
        if (how == way::by_exception) {
            throw own_failure("enough");
        }
        if (how == way::in_callback) {
            running->interrupt();
        }
        return how != way::by_answer;
    };
    options.on_progress = [&](const ferry::progress &now) {
        CHECK(how != way::by_exception || !stops || told < 10); // it is not asked after the exception
        if (how == way::by_progress && stops && now.files_done > 0) {
            throw own_failure("enough");
        }
    };
    ferry::upload upload = client.new_upload_many(paths, options);
    running = &upload;
    CHECK_EQ(upload.state(), ferry::upload_state::initialized);
    THROWS(upload.item_filelink(0), not_ready);
    THROWS(upload.item_filelink(FILES), invalid_argument);
    if (how == way::by_progress) { // there is time for a report between two files
        cloud_faults(R"([{"class":"put","skip":5,"action":{"stall_ms":600000}}])");
    }
    try {
        (void)upload.run();
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::error &error) {
        CHECK(how == way::by_answer || how == way::in_callback);
        CHECK_EQ(to_string(error.kind()), "FERRY_CANCELLED");
        CHECK(error.retryable());
    } catch (const own_failure &error) {
        CHECK((how == way::by_exception || how == way::by_progress) && error.what() == std::string("enough"));
    }
    CHECK_EQ(upload.state(), ferry::upload_state::interrupted);
    if (how == way::by_answer || how == way::by_exception) {
        CHECK_EQ(told, 10u); // it is not told of another
    }
    const auto before = upload.results();
    std::size_t stored = 0;
    for (const ferry::batch_result &result : before) {
        CHECK(!result.error);
        stored += result.filelink.has_value();
    }
    CHECK_EQ(before.size(), FILES);
    CHECK(stored >= told && stored > 0 && stored < FILES);
    stops = false;
    cloud_faults("[]");
    CHECK(upload.run());
    CHECK_EQ(upload.state(), ferry::upload_state::uploaded);
    const auto after = upload.results();
    for (std::size_t index = 0; index < FILES; index++) {
        check_stored(upload.item_filelink(index), index);
        CHECK(after[index].path == paths[index] && after[index].filelink);
        CHECK(!before[index].filelink || before[index].filelink->url() == after[index].filelink->url());
    }
    CHECK_EQ(upload.result().size(), FILES);
    CHECK(upload.result()[0]["error"].is_null());
    CHECK_EQ(cloud_files() - before_it, static_cast<int>(FILES));
}

static void stopped_by_an_answer() {
    stopped_and_run_again(way::by_answer);
}
static void stopped_by_an_exception() {
    stopped_and_run_again(way::by_exception);
}
static void stopped_by_an_exception_of_progress() {
    stopped_and_run_again(way::by_progress);
}
static void stopped_in_a_callback() {
    stopped_and_run_again(way::in_callback);
}

/// The call throws what its callback has thrown, also an error of the library's, and no other.
static void what_a_callback_throws_comes_out() {
    const auto paths = make_files();
    const ferry::filestack client = new_client();
    ferry::upload_options options;
    options.on_item = [](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                         const ferry::error *) { throw own_failure("enough"); };
    try {
        (void)client.upload_many(paths, options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const own_failure &) {
    }
    options.on_item = [](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                         const ferry::error *) { throw ferry::error(ferry::errc::io, "mine"); };
    try {
        (void)client.upload_many(paths, options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::batch_error &) {
        failed(__FILE__, __LINE__, "it is another one");
    } catch (const ferry::error &error) {
        CHECK_EQ(error.what(), std::string("mine"));
    }
    options.on_item = [](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                         const ferry::error *) { return false; };
    try {
        (void)client.upload_many(paths, options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::batch_error &error) {
        CHECK_EQ(to_string(error.kind()), "FERRY_CANCELLED");
        CHECK(error.retryable() && error.results().size() == FILES);
    }
}

static void a_journal_takes_over() {
    cloud_reset();
    const int before_it = cloud_files();
    const auto paths = make_files();
    ferry::upload_options options;
    options.journal_dir = new_journals();
    std::size_t told = 0;
    bool stops = true;
    options.on_item = [&](std::size_t, const std::filesystem::path &, const ferry::filelink *link,
                          const ferry::error *) {
        CHECK(link != nullptr);
        return ++told < FILES / 2 || !stops;
    };
    THROWS(new_client().upload_many(paths, options), cancelled);
    bool is_listed = false;
    for (const ferry::journal &left : ferry::journal::list(options.journal_dir)) {
        if (left.files > 0) {
            is_listed = true;
            CHECK_EQ(left.files, FILES);
            CHECK(left.files_stored >= FILES / 2 && left.files_stored < FILES);
            CHECK(left.path.empty() && left.service == "filestack" && !left.in_use);
        }
    }
    CHECK(is_listed);
    // The same call of another client, as in another process.
    told = 0;
    stops = false;
    const auto links = new_client().upload_many(paths, options);
    CHECK_EQ(told, FILES); // also of those that were stored
    for (std::size_t index = 0; index < links.size(); index++) {
        check_stored(links[index], index);
    }
    CHECK_EQ(links.size(), FILES);
    CHECK_EQ(cloud_files() - before_it, static_cast<int>(FILES));
    CHECK(ferry::journal::list(options.journal_dir).empty());
}

static void paused_and_run_again() {
    cloud_reset();
    const int before_it = cloud_files();
    const auto paths = make_files();
    const ferry::filestack client = new_client();
    ferry::upload *running = nullptr;
    std::size_t told = 0;
    ferry::upload_options options;
    options.on_item = [&](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                          const ferry::error *) {
        if (++told == 5) {
            running->pause();
        }
    };
    ferry::upload upload = client.new_upload_many(paths, options);
    running = &upload;
    CHECK(!upload.run());
    CHECK_EQ(upload.state(), ferry::upload_state::paused);
    ferry::upload moved = std::move(upload);
    running = &moved;
    CHECK(moved.run());
    CHECK_EQ(told, FILES); // each once
    CHECK_EQ(moved.results().size(), FILES);
    THROWS(upload.results(), invalid_argument);
    THROWS(upload.item_filelink(0), invalid_argument);
    CHECK_EQ(cloud_files() - before_it, static_cast<int>(FILES));
}

static void interrupted_and_cancelled_from_another_thread() {
    const auto paths = make_files();
    const ferry::filestack client = new_client();
    ferry::upload upload = client.new_upload_many(paths);
    for (const bool for_good : {false, true}) {
        stall();
        double asked = 0;
        std::thread other([&] {
            await_put();
            const auto busy = THROWS(upload.run(), invalid_state);
            CHECK(has(busy.what(), "running"));
            asked = clock_now();
            for_good ? upload.cancel() : upload.interrupt();
        });
        const auto error = THROWS(upload.run(), cancelled);
        const double ended = clock_now();
        other.join();
        CHECK(ended - asked < promised_second());
        CHECK_EQ(error.retryable(), !for_good);
        CHECK_EQ(upload.state(),
                 for_good ? ferry::upload_state::aborted : ferry::upload_state::interrupted);
    }
    THROWS(upload.run(), invalid_state);
    cloud_reset();
}

static void a_deadline_ends_it() {
    stall();
    const auto paths = make_files();
    ferry::upload_options options;
    options.deadline = std::chrono::milliseconds(300);
    try {
        (void)client_without_retries().upload_many(paths, options);
        failed(__FILE__, __LINE__, "nothing is thrown");
    } catch (const ferry::batch_error &error) {
        CHECK_EQ(to_string(error.kind()), "FERRY_TIMEOUT");
        for (const ferry::batch_result &result : error.results()) {
            CHECK(!result.filelink && !result.error); // the end of the batch is no file's failure
        }
    }
    cloud_reset();
}

static void many_small_files() {
    cloud_reset();
    const std::size_t count = 500;
    std::vector<std::filesystem::path> paths;
    for (std::size_t index = 0; index < count; index++) {
        paths.push_back(write_file("small-" + name_of(index), noise(200 + index % 50, index)));
    }
    const ferry::filestack client = new_client();
    std::size_t told = 0;
    ferry::upload_options options;
    options.concurrency = 20;
    options.on_item = [&](std::size_t, const std::filesystem::path &, const ferry::filelink *link,
                          const ferry::error *) { told += link != nullptr; };
    const auto links = client.upload_many(paths, options);
    CHECK_EQ(told, count);
    CHECK_EQ(links.size(), count);
    std::set<std::string> handles;
    for (std::size_t index = 0; index < links.size(); index++) {
        handles.insert(links[index].handle());
        CHECK(links[index].content().text() == noise(200 + index % 50, index));
    }
    CHECK_EQ(handles.size(), count);
}

static void wrong_input_is_refused() {
    cloud_reset();
    const auto paths = make_files(2);
    const ferry::filestack client = new_client();
    const auto refused = [&](const std::vector<ferry::batch_item> &items, const char *words,
                             const ferry::upload_options &options = {}) {
        CHECK(has(THROWS(client.upload_many(items, options), invalid_argument).what(), words));
        CHECK(has(THROWS(client.new_upload_many(items, options), invalid_argument).what(), words));
    };
    refused({}, "no items");
    refused({paths[0], ""}, "items[1]: path is empty");
    refused({paths[0], std::string("a\0b", 3)}, "NUL");
    refused({paths[0], paths[1], paths[0]}, "items[2]: ");
    ferry::upload_options own, options;
    own.on_progress = [](const ferry::progress &) {};
    refused({paths[0], {paths[1], own}}, "items[1]: on_progress is for the batch");
    own = {};
    own.on_item = [](std::size_t, const std::filesystem::path &, const ferry::filelink *,
                     const ferry::error *) {};
    refused({{paths[0], own}}, "on_item is for a batch");
    CHECK(has(THROWS(client.upload_file(paths[0], own), invalid_argument).what(), "on_item is for a batch"));
    own = {};
    own.journal_dir = new_journals();
    refused({paths[0], {paths[1], own}}, "items[1]: journal is for the batch");
    struct never {
        bool stop_requested() const { return false; }
    };
    own = {};
    own.stop = never();
    refused({{paths[0], own}}, "stop is for a batch");
    options.filename = "x";
    refused({paths[0]}, "filename would be that of every file", options);
    CHECK_EQ(cloud_count("any"), 0);

    ferry::upload one = client.new_upload(paths[0]);
    CHECK(has(THROWS(one.item_filelink(0), invalid_state).what(), "no batch"));
    CHECK(has(THROWS(one.results(), invalid_state).what(), "no batch"));
    const ferry::upload many = client.new_upload_many(paths);
    THROWS(many.token(), invalid_state);
    THROWS(many.filelink(), invalid_state);
    for (const ferry::batch_result &result : many.results()) {
        CHECK(!result.filelink && !result.error);
    }
}

int main() {
    return test(all_are_stored_in_order, items_have_names_of_their_own, items_are_any_list,
                an_empty_function_is_no_callback,
                one_fails_and_the_others_do_not, an_error_has_what_the_service_said, stopped_by_an_answer,
                stopped_by_an_exception, stopped_by_an_exception_of_progress, stopped_in_a_callback,
                what_a_callback_throws_comes_out, a_journal_takes_over, paused_and_run_again,
                interrupted_and_cancelled_from_another_thread, a_deadline_ends_it, many_small_files,
                wrong_input_is_refused);
}
