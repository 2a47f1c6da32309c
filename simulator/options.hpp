#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// Everything that the command line decides.
struct options {
    std::filesystem::path data;                  ///< files, batches and counters live here and survive a kill
    std::chrono::milliseconds latency{2'000};    ///< a batch's life from create to its end
    std::chrono::milliseconds answer_latency{0}; ///< how long a synchronous answer takes
    std::int64_t concurrency = 0;                ///< synchronous requests at once; 0: no limit
    std::uint64_t seed = 1;
    double invalid_rate = 0.03;            ///< share of request bodies whose first answers are invalid
    int invalid_results = 1;               ///< how many delivered results of such a body are invalid
    std::filesystem::path replay;          ///< recorded answers; empty: none
    std::filesystem::path portal;          ///< what a web service with lists has (simulator/portal); empty: none
    std::filesystem::path faults;          ///< rules of misbehaviour to begin with; empty: none
    std::string key;                       ///< the only accepted key; empty: any or none
    std::vector<std::string> models;       ///< that are known; empty: any
    std::int64_t requests_per_batch = 0;   ///< 0: the vendor's own limit, see limits.hpp
    std::int64_t bytes_per_file = 0;       ///< likewise
    std::int64_t enqueued_token_limit = 0; ///< prompt tokens of unfinished batches together; 0: no limit
    std::int64_t requests_per_second = 0;  ///< of batches, which are answered one after the other; 0: no limit
    std::size_t listed_errors = 100;       ///< at most so many entries in errors.data
};

/// Whether the service knows this model.
bool serves(const options &settings, std::string_view model);

} // namespace smelt::sim
