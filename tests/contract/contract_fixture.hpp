#pragma once

#include "sim_server.hpp"
#include "temp_folder.hpp"

#include "smelt/base/json.hpp"
#include "smelt/provider/batch_api.hpp"
#include "smelt/provider/chat_api.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smelt::test {

/// A provider of the named kind that talks to a simulator over a socket, and the steps that every one of them must
/// be able to take.
class contract_fixture {
  public:
    explicit contract_fixture(const std::string &name, std::vector<std::string> simulator = {"--latency", "60ms"},
                              const std::string &key = "test-key", const json &quirks = json::object());

    /// Calls a coroutine of the provider and returns what it yields. Its arguments must be objects that stay.
    template <class F>
    auto wait(F call);

    provider::batch_api &api() { return *api_; }
    provider::chat_api &chat() { return *chat_; }
    void fault(const json &rule);
    json counters();

    /// A spool file of so many requests "NONCE-1" and on, uploaded if the provider wants it so. Returns the file's
    /// remote id, "" when the requests travel with the create.
    std::string upload(const std::string &nonce, int requests);
    provider::create_result create(const std::string &nonce, const std::string &input_file);
    /// Both steps; fails the test when no batch comes of it.
    provider::remote_batch submit(const std::string &nonce, int requests);
    provider::remote_batch wait_for_end(const std::string &remote_id);
    /// Every line of both result files, understood, by custom_id.
    std::map<std::string, std::vector<provider::result_line>> results(const provider::remote_batch &b);
    std::string fetch(const std::string &file_id);
    [[nodiscard]] std::filesystem::path spool(const std::string &nonce) const {
        return folder_.path() / (nonce + ".jsonl");
    }
    /// The task whose requests are sent; what is changed counts from the next upload on.
    task_definition task;
    /// All pages of the listing.
    std::vector<provider::remote_batch> list();

  private:
    temp_folder folder_;
    sim_server simulator_;
    boost::asio::io_context io_;
    std::unique_ptr<http::client> client_;
    std::unique_ptr<provider::batch_api> api_;
    std::unique_ptr<provider::chat_api> chat_; ///< instead, where the service is synchronous
};

} // namespace smelt::test

#include "scripted_server.hpp"

namespace smelt::test {

template <class F>
auto contract_fixture::wait(F call) {
    using value = typename std::invoke_result_t<F>::value_type;
    io_.restart();
    if constexpr (std::is_void_v<value>) {
        run(io_, call);
    } else {
        std::optional<value> out;
        run(io_, [&]() -> boost::asio::awaitable<void> { out = co_await call(); });
        return std::move(*out);
    }
}

} // namespace smelt::test
