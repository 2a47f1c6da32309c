#pragma once

#include "node.hpp"

#include "smelt/base/json.hpp"

#include <map>

namespace smelt::json_schema {

/// Turns a schema document into nodes. One per schema object, however often it is referred to.
class schema_compiler {
  public:
    schema_compiler(const json &document, std::vector<std::unique_ptr<schema_node>> &nodes)
        : document_{document}, nodes_{nodes} {}
    /// Throws usage_error.
    const schema_node *compile();

  private:
    const schema_node *schema(const json &source, const std::string &pointer);
    void reference(schema_node &node, const json &source, const std::string &pointer);
    void fill(schema_node &node, const json &source, const std::string &pointer);
    static void values(schema_node &node, const json &source, const std::string &pointer);
    static void strings(schema_node &node, const json &source, const std::string &pointer);
    void arrays(schema_node &node, const json &source, const std::string &pointer);
    void objects(schema_node &node, const json &source, const std::string &pointer);
    void property_schemas(schema_node &node, const json &source, const std::string &pointer);
    void dependencies(schema_node &node, const json &source, const std::string &pointer);
    void combinations(schema_node &node, const json &source, const std::string &pointer);
    void definitions(const json &source, const std::string &pointer);
    const schema_node *child(const json &source, const std::string &pointer, const char *keyword);
    std::vector<const schema_node *> children(const json &source, const std::string &pointer, const char *keyword);

    const json &document_;
    std::vector<std::unique_ptr<schema_node>> &nodes_;
    std::map<const json *, schema_node *> made_;
    std::size_t depth_ = 0;
    std::string first_reference_; ///< pointers of the first $ref and the first $id below the root
    std::string first_inner_id_;
};

/// Refuses a schema that refers to itself without going down into the value: checking it would never end.
void refuse_endless(const std::vector<std::unique_ptr<schema_node>> &nodes);

} // namespace smelt::json_schema
