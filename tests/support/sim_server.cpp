#include "sim_server.hpp"

#include <map>
#include <stdexcept>

namespace smelt::test {
namespace {

constexpr std::string_view announcement = "smelt-sim listening on ";

} // namespace

sim_server::sim_server(std::vector<std::string> options) : options_{std::move(options)} {
    start("0");
}

void sim_server::start(const std::string &port) {
    command what{.program = SMELT_BINARY_DIR "/bin/smelt-sim",
                 .arguments = {"--port", port, "--data", folder_.path().string()},
                 .timeout = std::chrono::minutes{10}};
    what.arguments.insert(what.arguments.end(), options_.begin(), options_.end());
    process_ = std::make_unique<process>(what);
    const auto line = process_->wait_for_line(announcement);
    if (!line)
        throw std::runtime_error{"smelt-sim does not listen: " + process_->err()};
    url_ = line->substr(announcement.size());
}

std::string sim_server::ask(const std::string &path, std::vector<std::string> arguments) const {
    command curl{.program = "/usr/bin/curl", .arguments = std::move(arguments)};
    curl.arguments.insert(curl.arguments.end(),
                          {"-sSf", url_.substr(0, url_.size() - std::string{"/v1"}.size()) + path});
    auto answered = run(curl);
    if (answered.status != 0)
        throw std::runtime_error{"smelt-sim refuses " + path + ": " + answered.err};
    return answered.out;
}

std::string sim_server::url(const std::string &provider) const {
    static const std::map<std::string, std::string> paths{{"azure", "/openai/v1"},
                                                          {"together", "/together/v1"},
                                                          {"plain", "/plain/v1"},
                                                          {"mistral", "/mistral/v1"},
                                                          {"gemini", "/v1beta"}};
    const auto path = paths.find(provider);
    return path == paths.end() ? url_ : url_.substr(0, url_.rfind("/v1")) + path->second;
}

std::string sim_server::port() const {
    const auto start = url_.rfind(':') + 1;
    return url_.substr(start, url_.find('/', start) - start);
}

void sim_server::restart(int signal) {
    const auto same = port();
    process_->send(signal);
    process_->wait();
    start(same);
}

} // namespace smelt::test
