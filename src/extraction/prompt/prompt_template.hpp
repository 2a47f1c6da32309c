#pragma once

#include "all_fields.hpp"
#include "template_scan.hpp"

#include "smelt/json/tree.hpp"

#include <kainjow/mustache.hpp>

#include <memory>
#include <set>

namespace smelt::extraction {

using json_text::node;

/// A mustache template over a record's fields, without HTML escaping.
class prompt_template {
  public:
    /// where names it in messages: "task extract, user template". choice: what all_fields stands for. Throws
    /// usage_error.
    prompt_template(std::string_view source, std::string where, const field_choice &choice);

    /// Whether {{all_fields}} or a section over it stands anywhere.
    [[nodiscard]] bool names_all() const { return names_all_; }
    /// Names that stand anywhere, dots included, and those outside of every section, so that each record needs them.
    [[nodiscard]] const std::set<std::string> &fields() const { return fields_; }
    [[nodiscard]] const std::set<std::string> &required() const { return required_; }

    /// Throws render_error when a field is absent or null.
    [[nodiscard]] std::string render(const node &record) const;

  private:
    [[nodiscard]] std::string render_plain(const node &record, const node *all_fields) const;
    void collect_fields();
    void build_mustache();

    std::string where_;
    field_choice choice_;
    bool names_all_ = false;
    std::vector<template_part> parts_;
    std::set<std::string> fields_;
    std::set<std::string> required_;
    /// Only when there are sections; plain substitution needs no engine. Rendering changes it only on behalf of
    /// partials and lambdas, which are never there, so threads may share it although the library did not mark it const.
    mutable std::unique_ptr<kainjow::mustache::mustache> engine_;
};

} // namespace smelt::extraction
