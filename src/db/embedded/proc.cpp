#include "proc.hpp"

#include "layout.hpp"

#include <charconv>

namespace smelt::db {

namespace fs = std::filesystem;

int number_in(std::string_view text) {
    int number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? number : 0;
}

bool is_server_of(int pid, const fs::path &data) {
    std::error_code problem;
    const auto folder = fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", problem);
    const auto own = fs::canonical(data, problem);
    return !problem && folder == own;
}

bool has_server_processes(const fs::path &data) {
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator{"/proc", ignored}) {
        const auto pid = number_in(entry.path().filename().string());
        if (pid > 0 && is_server_of(pid, data) &&
            fs::read_symlink(entry.path() / "exe", ignored).filename().string().starts_with("postgres"))
            return true;
    }
    return false;
}

bool is_alive(int pid) {
    const auto stat = read_text("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = stat.rfind(')'); // the name before it may hold anything
    return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] != 'Z';
}

} // namespace smelt::db
