#include "contract_fixture.hpp"

#include "catch.hpp"
#include "config/read.hpp"

#include <thread>

namespace smelt::test {
namespace {

constexpr auto installation = "0123456789";

std::vector<std::string> with_key(std::vector<std::string> options) {
    options.insert(options.end(), {"--key", "test-key", "--invalid-rate", "0"});
    return options;
}

} // namespace

contract_fixture::contract_fixture(const std::string &name, std::vector<std::string> simulator, const std::string &key,
                                   const json &quirks)
    : simulator_{with_key(std::move(simulator))} {
    http::client_options options;
    options.retries = 1;
    client_ = std::make_unique<http::client>(io_.get_executor(), options);
    auto spec = config::known_provider(name);
    spec.base_url = simulator_.url(name);
    config::apply_quirks(quirks, spec.quirks);
    if (spec.synchronous)
        chat_ = provider::make_chat_api(spec, key, *client_);
    else
        api_ = provider::make_batch_api(spec, key, *client_);
    task.name = "note";
    task.model = "gpt-5-mini";
    task.user = "{{text}}";
    if (name.starts_with("anthropic"))
        task.params = {{"max_tokens", 500}};
    task.output = json::parse(R"({"type":"object","required":["title"],"properties":{"title":{"type":"string"}}})");
}

void contract_fixture::fault(const json &rule) {
    simulator_.fault(rule.dump());
}

json contract_fixture::counters() {
    return json::parse(simulator_.ask("/sim/counters", {}));
}

std::string contract_fixture::upload(const std::string &nonce, int requests) {
    const auto encoder = api_->encoder(task);
    std::string lines;
    for (int i = 1; i <= requests; ++i)
        encoder->encode(nonce + "-" + std::to_string(i), {{"user", "Note number " + std::to_string(i)}}, lines);
    const auto spool = folder_.write(nonce + ".jsonl", lines);
    if (api_->capabilities().travels_inline(requests, static_cast<std::int64_t>(lines.size())))
        return {};
    const auto filename = "smelt-" + nonce + ".jsonl";
    return wait([&] { return api_->upload(spool, filename); });
}

provider::create_result contract_fixture::create(const std::string &nonce, const std::string &input_file) {
    provider::create_request r;
    r.input_file = input_file;
    r.spool = spool(nonce);
    r.model = task.model;
    r.endpoint = task.endpoint;
    r.nonce = nonce;
    r.installation = installation;
    r.task = "notes/note";
    r.version = "0123456789abcdef0123456789abcdef";
    r.deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    return wait([&] { return api_->create(r); });
}

provider::remote_batch contract_fixture::submit(const std::string &nonce, int requests) {
    const auto made = create(nonce, upload(nonce, requests));
    INFO(made.why.message);
    REQUIRE(made.outcome == provider::create_outcome::created);
    return made.batch;
}

provider::remote_batch contract_fixture::wait_for_end(const std::string &remote_id) {
    for (int i = 0; i < 1000; ++i) {
        auto now = wait([&] { return api_->get(remote_id); });
        if (provider::is_terminal(now.state))
            return now;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    FAIL("the batch does not end");
    return {};
}

std::string contract_fixture::fetch(const std::string &file_id) {
    std::string bytes;
    const http::body_sink sink = [&](std::string_view piece) -> boost::asio::awaitable<void> {
        bytes += piece;
        co_return;
    };
    wait([&] { return api_->fetch(file_id, sink); });
    return bytes;
}

std::map<std::string, std::vector<provider::result_line>> contract_fixture::results(const provider::remote_batch &b) {
    std::map<std::string, std::vector<provider::result_line>> out;
    for (const auto &file : {b.output_file, b.error_file}) {
        if (file.empty())
            continue;
        const auto bytes = fetch(file);
        for (std::size_t at = 0; at < bytes.size();) {
            const auto end = std::min(bytes.find('\n', at), bytes.size());
            auto line = api_->decode(std::string_view{bytes}.substr(at, end - at));
            const auto id = line.custom_id;
            out[id].push_back(std::move(line));
            at = end + 1;
        }
    }
    return out;
}

std::vector<provider::remote_batch> contract_fixture::list() {
    std::vector<provider::remote_batch> all;
    std::string cursor;
    do {
        auto page = wait([&] { return api_->list(cursor); });
        all.insert(all.end(), page.batches.begin(), page.batches.end());
        cursor = page.next;
    } while (!cursor.empty());
    return all;
}

} // namespace smelt::test
