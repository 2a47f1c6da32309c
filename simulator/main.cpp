#include "disk.hpp"
#include "service.hpp"
#include "simulator/engine/limits.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/http/retry.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

namespace {

using namespace smelt;

struct command_line {
    sim::options settings;
    std::uint16_t port = 0;
    std::string port_file;
    std::string latency = "2s";
    std::string answer_latency = "0s";
    std::string bytes_per_file;
    std::string clock;
    std::chrono::milliseconds clock_offset{0};
    std::vector<std::string> models{"any"};
    bool quiet = false;
};

constexpr const char *footer = R"(Answers are made from each request's own schema and text and are labelled as simulated
(system_fingerprint fp_smelt_sim). They depend on --seed and the request's body alone.

A line of a --replay file is one recorded answer:
  {"key": "row-7", "match": "On the Origin", "task": "extract", "try": 1, "answer": {"title": "..."}}
It answers the requests whose user message contains `match` (default: key) and whose output schema is called
`task` (default: any), at their try-th delivery (default: in the order of the file; the last one repeats).
`refusal`, `thinking`, `finish_reason`, `status_code` and `error` replace or accompany `answer`.

POST /sim/faults scripts misbehaviour, GET /sim/counters tells what happened; see docs/simulator.md.)";

void declare(CLI::App &app, command_line &line) {
    auto &s = line.settings;
    app.add_option("--port", line.port, "port on 127.0.0.1; 0 takes any free one")->capture_default_str();
    app.add_option("--data", s.data, "folder for files, batches and counters; survives restarts")->required();
    app.add_option("--latency", line.latency, "life of a batch from create to completed")->capture_default_str();
    app.add_option("--answer-latency", line.answer_latency, "how long a synchronous answer takes")
        ->capture_default_str();
    app.add_option("--concurrency", s.concurrency, "synchronous requests at once, more get 429; 0: no limit")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", s.seed, "changes all answers")->capture_default_str();
    app.add_option("--invalid-rate", s.invalid_rate, "share of requests whose first answers are invalid")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--invalid-results", s.invalid_results, "how many answers of such a request are invalid")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--replay", s.replay, "recorded answers, JSONL")->check(CLI::ExistingFile);
    app.add_option("--portal", s.portal, "what a web service at /portal/ has, JSON; see docs/simulator.md")
        ->check(CLI::ExistingFile);
    app.add_option("--faults", s.faults, "rules of misbehaviour to begin with, JSON: for a --data folder that is new")
        ->check(CLI::ExistingFile);
    app.add_option("--clock", line.clock, "how far the service's clock is ahead: 20m; behind: -20m");
    app.add_option("--port-file", line.port_file, "write the port here when ready");
    app.add_option("--key", s.key, "accept only this API key (default: any)");
    app.add_option("--models", line.models, "models that are known, as gpt-5-mini,gpt-5-nano; any: all")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--requests-per-batch", s.requests_per_batch, "limit of a batch (default: the vendor's own)")
        ->check(CLI::PositiveNumber);
    app.add_option("--bytes-per-file", line.bytes_per_file,
                   "limit of an uploaded file, as 200MB (default: the vendor's own)");
    app.add_option("--enqueued-token-limit", s.enqueued_token_limit,
                   "prompt tokens of all unfinished batches; 0: no limit")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--requests-per-second", s.requests_per_second,
                   "of batches, which are answered one after the other; 0: no limit")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_flag("--quiet", line.quiet, "log errors only");
    app.footer(footer);
}

std::chrono::milliseconds duration_of(const std::string &option, const std::string &text) {
    const auto value = parse_duration(text);
    if (!value)
        throw usage_error{option + ": '" + text + "' is not a duration", "write it as 500ms, 2s or 5m"};
    return *value;
}

void complete(command_line &line) {
    line.settings.latency = duration_of("--latency", line.latency);
    line.settings.answer_latency = duration_of("--answer-latency", line.answer_latency);
    const bool behind = line.clock.starts_with('-');
    if (!line.clock.empty())
        line.clock_offset = duration_of("--clock", line.clock.substr(behind ? 1 : 0)) * (behind ? -1 : 1);
    if (line.models != std::vector<std::string>{"any"})
        line.settings.models = line.models;
    if (line.bytes_per_file.empty())
        return;
    const auto size = parse_size(line.bytes_per_file);
    if (!size || *size == 0)
        throw usage_error{"--bytes-per-file: '" + line.bytes_per_file + "' is not a size", "write it as 200MB or 4GB"};
    line.settings.bytes_per_file = *size;
}

/// Held until the process ends: two servers would write over each other's state.
void lock_folder(const std::filesystem::path &folder) {
    std::filesystem::create_directories(folder);
    const int file = ::open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || ::flock(file, LOCK_EX | LOCK_NB) != 0)
        throw usage_error{"another smelt-sim uses " + folder.string(), "give each its own --data folder"};
}

int serve(const command_line &line) {
    lock_folder(line.settings.data);
    boost::asio::io_context io{1};
    const auto time = [offset = line.clock_offset] { return std::chrono::system_clock::now() + offset; };
    const auto clock = [time] {
        const auto now = time().time_since_epoch();
        return static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    };
    sim::service service{io.get_executor(), line.settings, clock};
    http::server_options options;
    options.port = line.port;
    const auto largest = line.settings.bytes_per_file == 0 ? sim::most_bytes_anywhere : line.settings.bytes_per_file;
    options.body_limit = static_cast<std::uint64_t>(largest) + 1024 * 1024;
    const http::handler handle = [&](http::server_request &request) -> boost::asio::awaitable<http::server_response> {
        auto response = co_await service.handle(request);
        response.fields.emplace_back("Date", http::format_http_date(time()));
        co_return response;
    };
    http::server server{io.get_executor(), options, handle};

    boost::asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&](const boost::system::error_code &, int) { io.stop(); });
    if (!line.port_file.empty())
        sim::replace_file(line.port_file, std::to_string(server.port()) + "\n");
    fmt::print("smelt-sim listening on http://127.0.0.1:{}/v1\n", server.port());
    std::fflush(stdout);
    io.run();
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app{"smelt-sim: batch and synchronous APIs on loopback, with simulated answers", "smelt-sim"};
    command_line line;
    declare(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &e) {
        return app.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
    }
    log::options logging;
    logging.threshold = line.quiet ? log::level::error : log::level::info;
    log::configure(logging);
    try {
        complete(line);
        return serve(line);
    } catch (const error &e) {
        fmt::print(stderr, "smelt-sim: {}\n", e.what());
        if (!e.hint().empty())
            fmt::print(stderr, "hint: {}\n", e.hint());
        return static_cast<int>(e.code());
    } catch (const std::exception &e) {
        fmt::print(stderr, "smelt-sim: {}\n", e.what());
        return static_cast<int>(exit_code::usage);
    }
}
