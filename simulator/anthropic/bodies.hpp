#pragma once

#include "simulator/answers/body_format.hpp"
#include "simulator/engine/line_format.hpp"
#include "simulator/hash_set.hpp"

namespace smelt::sim {

/// Writes Message objects, and remembers what is in the prompt cache.
class message_writer {
  public:
    explicit message_writer(std::string_view tier) : tier_{tier} {}

    /// id: without its prefix.
    void write(const request_line &request, const made_answer &answer, std::string_view id, std::string &out);

  private:
    void usage(const request_line &request, const made_answer &answer, std::string &out);

    std::string_view tier_;
    hash_set cache_; ///< prefixes that were seen
};

/// Whether this version of the API takes temperature and the like; newer ones refuse them.
bool takes_sampling(std::string_view version);

/// Bodies of one call to /v1/messages.
class anthropic_bodies final : public body_format {
  public:
    /// messages and ids must outlive this.
    anthropic_bodies(std::string_view version, message_writer &messages, line_ids &ids)
        : takes_sampling_{takes_sampling(version)}, messages_{messages}, ids_{ids} {}

    [[nodiscard]] request_line parse(std::string_view body) const override;
    void write(const request_line &request, const made_answer &answer, std::string &out) override;

  private:
    bool takes_sampling_;
    message_writer &messages_;
    line_ids &ids_;
};

} // namespace smelt::sim
