#pragma once

#include "generator.hpp"
#include "options.hpp"
#include "replay.hpp"
#include "store.hpp"

#include "smelt/http/server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>

namespace smelt::sim {

/// An error in the vendor's shape (providers reference 1.11).
class api_error : public std::runtime_error {
  public:
    api_error(int http_status, const std::string &message, std::string where = {}, std::string word = {})
        : std::runtime_error{message}, status{http_status}, param{std::move(where)}, code{std::move(word)} {}
    int status;
    std::string param; ///< empty: null
    std::string code;  ///< empty: null
};

/// The simulated provider: answers HTTP requests on one executor, makes results on one thread of its own.
class service {
  public:
    using clock = std::function<std::int64_t()>; ///< Unix milliseconds

    /// Reads the state below settings.data and takes up the batches that a kill interrupted. executor must run one
    /// handler at a time. Throws file_error for an unusable replay file.
    service(boost::asio::any_io_executor executor, options settings, clock now);
    ~service(); ///< stops making results; what is unfinished is made anew by the next service on the same folder
    service(const service &) = delete;
    service &operator=(const service &) = delete;

    boost::asio::awaitable<http::server_response> handle(http::server_request &request);

    [[nodiscard]] json counters() const;

  private:
    struct route {
        std::string_view name; ///< as faults call it; empty: never disturbed
        std::string id;
        dialect spoken = dialect::openai;
    };
    route find_route(const http::server_request &request) const;
    boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request);
    /// The call, or what a fault makes of it.
    boost::asio::awaitable<http::server_response> disturbed(const route &where, http::server_request &request);
    void check_key(const http::server_request &request, dialect spoken) const;

    boost::asio::awaitable<http::server_response> upload(http::server_request &request, dialect spoken);
    file_record accept_upload(file_record file, const std::filesystem::path &content, dialect spoken) const;
    json list_files(const http::server_request &request) const;
    http::server_response content(const std::string &id);
    json remove_file(const std::string &id);
    file_record existing_file(const std::string &id) const;

    json create_batch(const std::string &body, dialect spoken);
    json list_batches(const http::server_request &request, dialect spoken) const;
    json cancel_batch(const std::string &id);
    const batch &existing_batch(const std::string &id) const;
    [[nodiscard]] bool exceeds_enqueued_limit(std::int64_t tokens) const;

    json add_faults(const std::string &body);

    void make_results(const batch &b);
    void take_results(const std::string &id, std::int64_t revision, batch_results results);

    boost::asio::any_io_executor executor_;
    options settings_;
    clock now_;
    store store_;
    replay_book replay_;
    delivery_ledger ledger_; ///< after the constructor only the worker thread touches it
    std::atomic<bool> stop_{false};
    generator generator_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0); ///< results that come home after the end are dropped
    boost::asio::thread_pool worker_{1};
};

} // namespace smelt::sim
