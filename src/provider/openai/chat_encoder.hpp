#pragma once

#include "smelt/provider/batch_api.hpp"

namespace smelt::provider {

/// Request lines with the messages of a chat: {"custom_id": · ,before {"role":…,"content":…},… after
class chat_encoder final : public line_encoder {
  public:
    /// before: from the comma after the id to the bracket that opens the messages; after: from the bracket that closes
    /// them to the end of the line.
    chat_encoder(std::string before, std::string after) : before_{std::move(before)}, after_{std::move(after)} {}

    void encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                std::string &out) const override;

  private:
    std::string before_;
    std::string after_;
};

/// {"role":…,"content":…},… without the brackets and without messages of the role `left_out`.
void append_messages(const std::vector<extraction::message> &messages, std::string &out,
                     std::string_view left_out = {});

/// The members of an object without its braces, each preceded by a comma.
std::string members_of(const json &object);

} // namespace smelt::provider
