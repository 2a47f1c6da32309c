#include "problem.hpp"

#include "smelt/db/connection.hpp"
#include "smelt/db/sql_problem.hpp"
#include "smelt/http/client.hpp"
#include "smelt/provider/batch_api.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <new>

namespace smelt::orchestrator {

exit_code code_of_problem(const std::exception_ptr &problem) {
    try {
        rethrow_problem(problem);
    } catch (const error &e) {
        return e.code();
    } catch (...) {
        return exit_code::usage;
    }
}

std::exception_ptr worse_problem(const std::exception_ptr &first, const std::exception_ptr &second) {
    if (!first || !second)
        return first ? first : second;
    const auto before = code_of_problem(first);
    return worse_of(before, code_of_problem(second)) == before ? first : second;
}

bool concerns_all(const std::exception_ptr &problem) {
    try {
        std::rethrow_exception(problem);
    } catch (const boost::system::system_error &e) {
        return e.code() == boost::asio::error::operation_aborted;
    } catch (const interrupted &) {
        return true;
    } catch (const unavailable &) {
        return true;
    } catch (const pqxx::broken_connection &) {
        return true;
    } catch (const std::bad_alloc &) {
        return true;
    } catch (...) {
        return false;
    }
}

void rethrow_problem(const std::exception_ptr &problem) {
    try {
        db::rethrow_sql_problem(problem);
    } catch (const http::transport_error &e) {
        throw unavailable{std::string{"the provider could not be reached: "} + e.what(),
                          "what was in flight is picked up by the next run"};
    } catch (const provider::provider_error &e) {
        if (e.kind() == provider::failure_kind::key)
            throw user_action_needed{fmt::format("the provider refused the key: {}", e.what()),
                                     "check provider.api_key of the pipeline file"};
        throw unavailable{std::string{"the provider refused: "} + e.what(),
                          "what was in flight is picked up by the next run"};
    }
}

} // namespace smelt::orchestrator
