#pragma once

#include "answer_maker.hpp"
#include "simulator/requests/request_line.hpp"

#include <string>
#include <string_view>

namespace smelt::sim {

/// How the body of one synchronous call is read and its answer written: what line_format is to the lines of a batch.
class body_format {
  public:
    body_format() = default;
    virtual ~body_format() = default;
    body_format(const body_format &) = delete;
    body_format &operator=(const body_format &) = delete;

    /// As slices of body. Throws api_error 400 for what the service refuses.
    [[nodiscard]] virtual request_line parse(std::string_view body) const = 0;
    virtual void write(const request_line &request, const made_answer &answer, std::string &out) = 0;
};

} // namespace smelt::sim
