# Hex, because raw literals trip over delimiters, length limits and NUL bytes.
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(table "")
set(n 0)
foreach(file IN LISTS files)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  file(RELATIVE_PATH relative "${BASE}" "${file}")
  string(APPEND arrays "constexpr char file_${n}[] = {${bytes}'\\0'};\n")
  string(APPEND table "    {\"${relative}\", {file_${n}, sizeof(file_${n}) - 1}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE "${OUTPUT}.new"
"#include \"smelt/base/embedded.hpp\"

namespace smelt::embedded {
namespace {
${arrays}constexpr file table[] = {
${table}};
} // namespace

std::span<const file> ${NAME}() {
    return table;
}
} // namespace smelt::embedded
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
