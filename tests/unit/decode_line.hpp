#pragma once

#include "smelt/provider/batch_api.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <string_view>

namespace smelt::test {

/// What a dialect reads in a result line.
inline provider::result_line decode_line(const std::string &dialect, std::string_view line) {
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    config::provider_spec spec;
    spec.dialect = dialect;
    return provider::make_batch_api(spec, "", client)->decode(line);
}

} // namespace smelt::test
