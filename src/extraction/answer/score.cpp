#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <cmath>

namespace smelt::extraction {

using namespace json_text;

double score_of(double confidence, const std::vector<finding> &findings) {
    double score = std::isfinite(confidence) ? confidence : 0.0;
    for (const finding &f : findings)
        if (!f.hard)
            score -= f.weight;
    return std::clamp(score, 0.0, 1.0);
}

std::string to_json_text(const std::vector<finding> &findings) {
    std::string out{'['};
    for (const finding &f : findings) {
        out += out.size() > 1 ? ",{\"rule\":" : "{\"rule\":";
        append_json_string(out, f.rule);
        out += f.hard ? ",\"severity\":\"hard\"" : ",\"severity\":\"soft\"";
        if (!f.hard)
            out += ",\"weight\":" + json(f.weight).dump();
        if (f.repair) {
            out += R"(,"kind":"repair","place":)";
            append_json_string(out, f.repair->place);
            out += ",\"before\":";
            append_json_string(out, f.repair->before);
            out += ",\"after\":";
            append_json_string(out, f.repair->after);
        }
        out += ",\"message\":";
        append_json_string(out, f.message);
        out += '}';
    }
    return out + ']';
}

} // namespace smelt::extraction
