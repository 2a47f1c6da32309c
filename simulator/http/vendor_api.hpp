#pragma once

#include "simulator/dialect.hpp"

#include "smelt/base/json.hpp"
#include "smelt/http/server.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace smelt::sim {

struct batch_faults;

/// An error of a call; every vendor has a shape of its own for it.
class api_error : public std::runtime_error {
  public:
    api_error(int http_status, const std::string &message, std::string where = {}, std::string word = {},
              std::string wait = {})
        : std::runtime_error{message},
          status{http_status},
          param{std::move(where)},
          code{std::move(word)},
          retry_after{std::move(wait)} {}
    int status;
    std::string param;       ///< empty: null
    std::string code;        ///< the vendor's word for it; empty: what goes with the status
    std::string retry_after; ///< header; empty: none
};

/// Where a call goes.
struct route {
    std::string_view name; ///< as faults call it
    std::string id;        ///< what the path names; of an answer the endpoint
    dialect spoken = dialect::openai;
    batch_faults *faults = nullptr; ///< what corrupts an answer; null: nothing
};

/// One vendor's HTTP interface, on top of the engine that all share.
class vendor_api {
  public:
    vendor_api() = default;
    virtual ~vendor_api() = default;
    vendor_api(const vendor_api &) = delete;
    vendor_api &operator=(const vendor_api &) = delete;

    /// Throws api_error 404 for a call that does not exist.
    [[nodiscard]] virtual route find_route(const http::server_request &request) const = 0;
    /// Checks what every call needs in its head; key is the only right one, empty: any. Throws api_error.
    virtual void check_head(const http::server_request &request, const route &where, const std::string &key) const = 0;
    virtual boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request) = 0;
    [[nodiscard]] virtual json error_body(const api_error &error, const std::string &request_id) const = 0;
    [[nodiscard]] virtual std::string_view request_id_header() const = 0;
};

/// Whose call this is, by its path. Google's clients ask for v1 as well as for v1beta, and are told from OpenAI's by
/// the header of their key; the path then says v1beta afterwards.
wire wire_of(http::server_request &request);

// What the vendors' implementations share.

http::server_response json_response(int status, const json &body);
/// The id in prefix + id + suffix; empty when the path is of another form or the id has a slash in it.
std::optional<std::string> id_in(const std::string &path, std::string_view prefix, std::string_view suffix);
/// Scheme and host that the client used, for absolute URLs in answers.
std::string origin_of(const http::server_request &request);
/// An integer parameter of the query; fallback when it is not there, nothing when it is none.
std::optional<std::int64_t> integer_parameter(const http::server_request &request, std::string_view name,
                                              std::int64_t fallback);
/// A date of RFC 3339 in UTC; more stands for the digits below a millisecond, which the clock does not have.
std::string rfc3339(std::int64_t milliseconds, std::string_view more);
/// An id in the form of a UUID.
std::string random_uuid();

} // namespace smelt::sim
