#include "batch.hpp"

namespace smelt::sim {
namespace {

json errors_to_json(const std::vector<line_error> &errors) {
    json out = json::array();
    for (const auto &e : errors)
        out.push_back({{"code", e.code}, {"message", e.message}, {"param", e.param}, {"line", e.line}});
    return out;
}

json results_to_json(const batch_results &r) {
    return {{"errors", errors_to_json(r.errors)},
            {"total", r.total},
            {"completed", r.completed},
            {"failed", r.failed},
            {"unrun", r.unrun},
            {"answered", r.answered},
            {"lines", r.lines},
            {"input_tokens", r.input_tokens},
            {"output_tokens", r.output_tokens},
            {"model", r.model},
            {"has_output", r.has_output},
            {"has_errors", r.has_errors}};
}

batch_results results_from_json(const json &stored) {
    batch_results r;
    for (const auto &e : stored.at("errors"))
        r.errors.push_back({e.at("code"), e.at("message"), e.at("param"), e.at("line")});
    stored.at("total").get_to(r.total);
    stored.at("completed").get_to(r.completed);
    stored.at("failed").get_to(r.failed);
    r.unrun = stored.value("unrun", r.unrun);
    stored.at("answered").get_to(r.answered);
    stored.at("lines").get_to(r.lines);
    stored.at("input_tokens").get_to(r.input_tokens);
    stored.at("output_tokens").get_to(r.output_tokens);
    stored.at("model").get_to(r.model);
    stored.at("has_output").get_to(r.has_output);
    stored.at("has_errors").get_to(r.has_errors);
    return r;
}

} // namespace

json to_json(const batch &b) {
    return {{"id", b.id},
            {"sequence", b.sequence},
            {"dialect", to_string(b.spoken)},
            {"endpoint", b.endpoint},
            {"input_file", b.input_file},
            {"output_file", b.output_file},
            {"error_file", b.error_file},
            {"metadata", b.metadata},
            {"special", b.special},
            {"output_expires_after", b.output_expires_after},
            {"faults", b.faults},
            {"created", b.created},
            {"latency", b.latency},
            {"done", b.done},
            {"cancelled", b.cancelled},
            {"deleted", b.deleted},
            {"revision", b.revision},
            {"enqueued", b.enqueued},
            {"reads", b.reads},
            {"keep", b.keep},
            {"deleted_files", b.deleted_files},
            {"results", results_to_json(b.results)}};
}

batch batch_from_json(const json &stored) {
    batch b;
    stored.at("id").get_to(b.id);
    stored.at("sequence").get_to(b.sequence);
    b.spoken = dialect_of(stored.at("dialect").get<std::string>());
    stored.at("endpoint").get_to(b.endpoint);
    stored.at("input_file").get_to(b.input_file);
    stored.at("output_file").get_to(b.output_file);
    stored.at("error_file").get_to(b.error_file);
    b.metadata = stored.at("metadata");
    b.special = stored.value("special", json());
    stored.at("output_expires_after").get_to(b.output_expires_after);
    b.faults = stored.at("faults");
    stored.at("created").get_to(b.created);
    stored.at("latency").get_to(b.latency);
    stored.at("done").get_to(b.done);
    stored.at("cancelled").get_to(b.cancelled);
    b.deleted = stored.value("deleted", b.deleted);
    stored.at("revision").get_to(b.revision);
    stored.at("enqueued").get_to(b.enqueued);
    b.reads = stored.value("reads", b.reads);
    stored.at("keep").get_to(b.keep);
    stored.at("deleted_files").get_to(b.deleted_files);
    b.results = results_from_json(stored.at("results"));
    return b;
}

} // namespace smelt::sim
