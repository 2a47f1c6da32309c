#pragma once

#include "smelt/db/connection.hpp"

#include <cstdint>
#include <string>

namespace smelt::store {

/// The digests of a file's rows, in pieces (smelt.row_digest): what its last load wrote, and what this one writes
/// beside it until replace().
class row_digests {
  public:
    /// load: source_file.digest_load; 0 when there are none.
    row_digests(db::transaction &tx, std::int32_t file, std::int32_t load) : tx_{tx}, file_{file}, load_{load} {}

    /// Bytes of a piece of the last load; empty when there is none.
    std::string read(std::size_t piece);
    /// The piece of the last load is also one of this load.
    void keep(std::size_t piece);
    void write(std::size_t piece, const std::string &bytes);
    /// Takes back what this load has kept and written; then nothing of the last load may be left either.
    void undo();
    /// What this load has written takes the place of all else.
    void replace();
    /// Deletes all.
    void drop();

  private:
    db::transaction &tx_;
    std::int32_t file_;
    std::int32_t load_;
};

} // namespace smelt::store
