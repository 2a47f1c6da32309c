#include "smelt/actions/resume.hpp"

#include "smelt/store/holds.hpp"

namespace smelt::actions {

std::vector<std::string> resume(db::connection &c, const store::pipeline_row &pipeline) {
    db::transaction tx{c};
    auto lifted = store::holds{tx}.lift(pipeline.id);
    tx.commit();
    return lifted;
}

} // namespace smelt::actions
