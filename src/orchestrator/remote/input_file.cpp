#include "input_file.hpp"

#include "smelt/base/text.hpp"

namespace smelt::orchestrator {

awaitable<void> read_input(provider::batch_api &api, const std::string &file, const input_line_sink &each) {
    std::string line;
    std::int64_t number = 0;
    const http::body_sink sink = [&](std::string_view bytes) -> awaitable<void> {
        for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
            line.append(bytes.substr(0, end));
            bytes.remove_prefix(end + 1);
            each(++number, line);
            line.clear();
        }
        line.append(bytes);
        co_return;
    };
    co_await api.fetch(file, sink);
    if (!line.empty())
        each(++number, line);
}

std::optional<std::int64_t> record_of(std::string_view line, std::string_view nonce) {
    const auto at = line.find(nonce);
    if (at == std::string_view::npos || line.substr(at + nonce.size(), 1) != "-")
        return std::nullopt;
    line.remove_prefix(at + nonce.size() + 1);
    const auto id = from_base36(line.substr(0, line.find('"')));
    return id ? std::optional{static_cast<std::int64_t>(*id)} : std::nullopt;
}

} // namespace smelt::orchestrator
