/// Checks, data and the local cloud's switches for the C++ tests. A failure is printed with its place and
/// counted.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <ferry.hpp>

#include "json.h"

inline int failures = 0;

#define CHECK(condition) ((condition) ? (void)0 : failed(__FILE__, __LINE__, #condition))
#define CHECK_EQ(got, wanted) check_equal((got), (wanted), __FILE__, __LINE__)
/// The expression throws a ferry::error of that kind, which is its value.
#define THROWS(expression, wanted)                                                                           \
    thrown([&] { (void)(expression); }, ferry::errc::wanted, __FILE__, __LINE__)

inline void failed(const char *file, int line, const std::string &what) {
    failures++;
    std::cerr << file << ":" << line << ": " << what << std::endl;
}

template <class Got, class Wanted>
void check_equal(const Got &got, const Wanted &wanted, const char *file, int line) {
    if (!(got == wanted)) {
        failures++;
        std::cerr << file << ":" << line << ": " << got << " instead of " << wanted << std::endl;
    }
}

template <class Body> ferry::error thrown(Body body, ferry::errc wanted, const char *file, int line) {
    try {
        body();
        failed(file, line, "nothing is thrown");
        return {wanted, ""};
    } catch (const ferry::error &error) {
        if (error.code() != wanted) {
            failed(file, line, std::string(to_string(error.kind())) + ": " + error.what());
        }
        return error;
    }
}

inline bool has(std::string_view text, std::string_view part) {
    if (text.find(part) == std::string_view::npos) {
        std::cerr << "\"" << text << "\" lacks \"" << part << "\"" << std::endl;
        return false;
    }
    return true;
}

inline std::string env(const char *name) {
    const char *value = std::getenv(name);
    if (value == nullptr) {
        throw std::runtime_error(std::string(name) + " is not set: run `cargo test --test cpp`");
    }
    return value;
}

/// Under a checker that makes everything slow.
inline bool is_small() {
    return std::getenv("FERRY_TEST_SMALL") != nullptr;
}

/// What a promise of a second may take here; under a checker everything takes longer.
inline double promised_second() {
    return is_small() ? 10 : 1;
}

/// Seconds on a clock that does not jump.
inline double clock_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline ferry::filestack_options account() {
    ferry::filestack_options options;
    options.base_url = env("FERRY_TEST_HTTP");
    return options;
}

inline ferry::filestack new_client() {
    return ferry::filestack("TESTKEY", account());
}

inline std::filesystem::path picture() {
    return std::filesystem::path(env("FERRY_TEST_DATA")) / "ferry.png";
}

/// Bytes that differ everywhere and from one seed to the next.
inline std::string noise(std::size_t length, std::uint64_t seed) {
    std::string bytes(length, '\0');
    std::uint64_t state = 0x9e3779b97f4a7c15u ^ (seed * 0xbf58476d1ce4e5b9u);
    for (char &byte : bytes) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state);
    }
    return bytes;
}

inline std::string read_file(const std::filesystem::path &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::filesystem::path write_file(const std::string &name, const std::string &bytes) {
    const std::filesystem::path path = std::filesystem::path(env("FERRY_TEST_FOLDER")) / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

/// Asks one of the cloud's control endpoints; the body of its answer.
inline std::string cloud_ask(const std::string &method, const std::string &what,
                             const std::string &body = {}) {
    const std::string url = env("FERRY_TEST_HTTP");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto *where = reinterpret_cast<const sockaddr *>(&address);
    if (connection < 0 || connect(connection, where, sizeof address) != 0) {
        throw std::runtime_error("the local cloud does not answer");
    }
    const std::string request = method + " /_local/" + what +
                                " HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    std::string answer;
    if (write(connection, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
        char buffer[65536];
        for (ssize_t count; (count = read(connection, buffer, sizeof buffer)) > 0;) {
            answer.append(buffer, static_cast<std::size_t>(count));
        }
    }
    close(connection);
    if (answer.find(" 200 OK\r\n") == std::string::npos) {
        throw std::runtime_error("the local cloud refuses " + what + ": " + answer);
    }
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

/// Rules as in the local cloud's README; they replace all others.
inline void cloud_faults(const std::string &rules) {
    cloud_ask("PUT", "faults", rules);
}

/// How many requests of that class came since the last reset, with that HTTP status; 0: whatever it is.
inline int cloud_count(const std::string &kind, int status = 0) {
    const std::string log = cloud_ask("GET", "requests");
    int count = 0;
    for (const char *one = json_first(log.c_str()); one != nullptr; one = json_next(one)) {
        const bool is_kind = kind == "any" || json_is(json_get(one, "class"), ("\"" + kind + "\"").c_str());
        const bool has_status = json_is(json_get(one, "status"), std::to_string(status).c_str());
        count += is_kind && (status == 0 || has_status);
    }
    return count;
}

inline void cloud_reset() {
    cloud_faults("[]");
    cloud_ask("DELETE", "requests");
}

/// Runs the parts of a test. Nothing of the library is left at the end.
template <class... Parts> int test(Parts... parts) {
    try {
        (parts(), ...);
    } catch (const std::exception &error) {
        failed("test", 0, std::string("not caught: ") + error.what());
    }
    CHECK_EQ(ferry::live_objects(), 0u);
    return failures > 100 ? 100 : failures;
}
