// photos: uploads pictures to Filestack as one batch and stores a thumbnail of each. Prints a line of JSON
// for each: path, handle, two addresses that anybody may read for an hour, width and height in pixels.
//
//     c++ -std=c++17 photos.cpp $(pkg-config --cflags --libs ferry) -o photos
//
// After a failure or Ctrl-C the same command goes on: what photos.journal has is not sent again, but printed.
// Exit code: 0 all done, 1 some failed, 2 wrong arguments, 130 interrupted.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ferry.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_signal(int number) {
    std::signal(number, SIG_DFL); // a second Ctrl-C ends the program at once
    interrupted = 1;
}

/// Ends the call that is under way within a second.
struct ctrl_c {
    bool stop_requested() const { return interrupted != 0; }
};

std::string url_for_an_hour(const ferry::filelink &file, const std::string &secret) {
    ferry::policy policy;
    policy.call = {"read"};
    policy.handle = file.handle();
    policy.expiry = ferry::expiry_in(1h);
    return file.signed_url(ferry::security(policy, secret));
}

/// Stores the thumbnail of a picture that is stored, and returns its line.
std::string finish(const ferry::filestack &client, const std::filesystem::path &path,
                   const ferry::filelink &file, const std::string &secret) {
    ferry::tasks::resize size;
    size.width = size.height = 200;
    ferry::store_options store;
    ferry::request_options request;
    store.stop = request.stop = ctrl_c();
    const ferry::filelink small = client.transform(file).resize(size).sharpen().store(store);
    const ferry::value measured = file.metadata("width,height", request);
    ferry::object line{{"path", path.string()}, {"handle", file.handle()}};
    line.set("url", url_for_an_hour(file, secret)).set("thumbnail", url_for_an_hour(small, secret));
    line.set("width", measured["width"].to_int()).set("height", measured["height"].to_int());
    return line.text();
}

} // namespace

int main(int argc, char **argv) {
    const char *apikey = std::getenv("FILESTACK_APIKEY"), *secret = std::getenv("FILESTACK_SECRET");
    if (argc < 3 || !apikey || !secret) {
        std::cerr << "usage: FILESTACK_APIKEY=K FILESTACK_SECRET=S [FILESTACK_URL=U] "
                     "photos ALBUM FILES\n";
        return 2;
    }
    std::signal(SIGINT, on_signal);
    std::size_t done = 0, failed = 0;
    int code = 0;
    try {
        ferry::policy own;
        own.expiry = ferry::expiry_in(24h);
        own.call = {"pick", "read", "stat", "convert", "store"};
        ferry::filestack_options account;
        account.security = ferry::security(own, secret);
        if (const char *url = std::getenv("FILESTACK_URL")) account.base_url = url;
        const ferry::filestack client(apikey, account);

        ferry::upload_options options;
        options.tags = {{"album", argv[1]}};
        options.journal_dir = "photos.journal";
        options.stop = ctrl_c();
        options.on_progress = [](const ferry::progress &now) {
            std::cerr << '\r' << now.files_done << " of " << now.files_total << " pictures";
        };
        // A picture has ended. The journal keeps all of them until the last of these calls has returned true.
        options.on_item = [&](std::size_t, const std::filesystem::path &path, const ferry::filelink *file,
                              const ferry::error *why) {
            try {
                if (why) throw *why;
                std::cout << finish(client, path, *file, secret) << std::endl;
                done++;
            } catch (const ferry::error &error) {
                if (interrupted) return false;
                failed++;
                std::cerr << '\n' << path.string() << ": " << error.what() << '\n';
            }
            return std::cout.good();
        };
        (void)client.upload_many(std::vector<std::filesystem::path>(argv + 2, argv + argc), options);
        code = failed == 0 ? 0 : 1;
    } catch (const ferry::error &error) {
        std::cerr << "\nphotos: " << (interrupted ? "interrupted" : error.what()) << '\n';
        if (error.retryable()) std::cerr << "photos: the same command goes on\n";
        code = interrupted ? 130 : 1;
    }
    std::cerr << '\n' << done << " done, " << failed << " failed\n";
    return code;
}
