#pragma once

#include "smelt/base/json.hpp"
#include "smelt/http/server.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace smelt::sim {

/// A web service with lists in pages and documents beside their records, as records from the web are tested and shown
/// with. A JSON file, read anew for each request, says what it has:
///   {"key": "…", "page_size": 10, "lists": {ID: [RECORD, …]}, "documents": {RELATED_KEY: [DOCUMENT, …]},
///    "faults": [{"match": TEXT, "status": 500, "times": 2, "retry_after": "1", "redirect": URL, "body": TEXT}]}
/// GET /portal/opportunity/?search_id=ID&page_number=N[&api_key=KEY] and GET /portal/document/?related_key=K. Answers
/// have an ETag. GET /sim/portal tells what was asked.
class portal {
  public:
    explicit portal(std::filesystem::path file) : file_{std::move(file)} {}

    [[nodiscard]] static bool is_asked(const http::server_request &request);
    boost::asio::awaitable<http::server_response> handle(http::server_request &request);

  private:
    http::server_response answer(const json &world, const http::server_request &request, const std::string &asked);
    const json *fault_for(const json &world, const std::string &asked);

    std::filesystem::path file_;
    std::vector<std::string> asked_;        ///< without keys
    std::map<std::string, int> faults_met_; ///< by the fault's text
    int under_way_ = 0, most_under_way_ = 0;
};

} // namespace smelt::sim
