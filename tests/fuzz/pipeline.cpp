#include "smelt/config/pipeline.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/compiled_task.hpp"

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

/// A pipeline file is read or refused, and what was read can be compiled or is refused, whatever is in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const int file = ::memfd_create("pipeline.yaml", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
        return 0;
    try {
        const auto pipeline = smelt::config::load_pipeline(path);
        for (const auto &task : pipeline.tasks) {
            const smelt::extraction::compiled_task compiled{task.definition};
            static_cast<void>(compiled.judge("{}"));
        }
    } catch (const smelt::error &) {
    }
    return 0;
}
