#include "synchronous.hpp"

/// What a service without batches says to calls about them: they come from batches of the time before the pipeline
/// file named it.
namespace smelt::provider {

void synchronous::no_batches() const {
    throw provider_error{0, "no_batches",
                         service_.host() + " is synchronous and has no batches; name the provider that the "
                                           "batch was sent to until it is collected"};
}

awaitable<std::string> synchronous::upload(const std::filesystem::path & /*spool*/, const std::string & /*filename*/) {
    no_batches();
    co_return std::string{};
}

awaitable<create_result> synchronous::create(const create_request & /*r*/) {
    no_batches();
    co_return create_result{};
}

awaitable<remote_batch> synchronous::get(const std::string & /*remote_id*/) {
    no_batches();
    co_return remote_batch{};
}

awaitable<listing> synchronous::list(const std::string & /*cursor*/) {
    no_batches();
    co_return listing{};
}

awaitable<remote_batch> synchronous::cancel(const std::string & /*remote_id*/) {
    no_batches();
    co_return remote_batch{};
}

awaitable<void> synchronous::fetch(const std::string & /*file_id*/, const http::body_sink & /*sink*/) {
    no_batches();
    co_return;
}

awaitable<std::map<std::string, std::string>> synchronous::find_files(const std::set<std::string> & /*names*/,
                                                                      std::chrono::milliseconds /*age*/) {
    no_batches();
    co_return std::map<std::string, std::string>{};
}

awaitable<void> synchronous::delete_file(const std::string & /*file_id*/) {
    no_batches();
    co_return;
}

} // namespace smelt::provider
