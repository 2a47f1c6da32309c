#pragma once

#include "smelt/domain/task_definition.hpp"
#include "smelt/extraction/placeholders.hpp"
#include "smelt/json/tree.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::extraction {

/// Finds personal data in the fields of a record and puts placeholders in its place. The same record gives the same
/// placeholders each time.
class redaction {
  public:
    /// Throws usage_error for a pattern that cannot be used.
    explicit redaction(const std::vector<redact_rule> &rules);
    ~redaction();
    redaction(const redaction &) = delete;
    redaction &operator=(const redaction &) = delete;

    [[nodiscard]] bool empty() const;

    /// What is found in a record, an object.
    [[nodiscard]] placeholders find(const json_text::node &record) const;
    /// The record as JSON text, with placeholders. Also elsewhere in it, as in answers of other tasks, what was found.
    [[nodiscard]] std::string hide(const json_text::node &record, const placeholders &found) const;

  private:
    struct rule;
    std::vector<std::unique_ptr<rule>> rules_;
};

/// The text with placeholders wherever what was found stands in it: as it is, written in JSON, within a longer word, or
/// cut and followed by dots. Of texts of three bytes or less only words of their own.
std::string hide_everywhere(std::string_view text, const placeholders &found);

/// The text with what was found in the place of its placeholders, where their rules say so. is_json: it is a JSON text.
std::string restore_words(std::string_view text, const placeholders &found, bool is_json);

} // namespace smelt::extraction
