#include <ferry.hpp>
#include <iostream>

int main(int argc, char **argv) try {
    if (argc < 3) return 2; // FILE APIKEY [BASE_URL]
    ferry::filestack_options account;
    if (argc > 3) account.base_url = argv[3];
    ferry::upload_options options;
    options.on_progress = [](const ferry::progress &p) { std::cerr << '\r' << p.bytes_done / 1000 << " kB"; };
    std::cout << '\n' << ferry::filestack(argv[2], account).upload_file(argv[1], options).url() << std::endl;
} catch (const ferry::error &error) {
    std::cerr << error.what() << std::endl;
    return 1;
}
