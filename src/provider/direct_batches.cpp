#include "direct.hpp"

/// What a service without batches says to calls about them: they come from batches of the time before the pipeline
/// file named it.
namespace smelt::provider {

void direct::no_batches() const {
    throw provider_error{0, "no_batches",
                         service_.host() + " answers requests at once and has no batches; name the provider that the "
                                           "batch was sent to until it is collected"};
}

awaitable<std::string> direct::upload(const std::filesystem::path & /*spool*/, const std::string & /*filename*/) {
    no_batches();
    co_return std::string{};
}

awaitable<create_result> direct::create(const create_request & /*r*/) {
    no_batches();
    co_return create_result{};
}

awaitable<remote_batch> direct::get(const std::string & /*remote_id*/) {
    no_batches();
    co_return remote_batch{};
}

awaitable<listing> direct::list(const std::string & /*cursor*/) {
    no_batches();
    co_return listing{};
}

awaitable<remote_batch> direct::cancel(const std::string & /*remote_id*/) {
    no_batches();
    co_return remote_batch{};
}

awaitable<void> direct::fetch(const std::string & /*file_id*/, const http::body_sink & /*sink*/) {
    no_batches();
    co_return;
}

awaitable<std::map<std::string, std::string>> direct::find_files(const std::set<std::string> & /*names*/,
                                                                 std::chrono::milliseconds /*age*/) {
    no_batches();
    co_return std::map<std::string, std::string>{};
}

awaitable<void> direct::remove_file(const std::string & /*file_id*/) {
    no_batches();
    co_return;
}

} // namespace smelt::provider
