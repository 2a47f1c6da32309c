#include "lock.hpp"

#include "smelt/base/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace smelt::db {

cluster_lock::cluster_lock(const layout &at)
    : descriptor_{::open(at.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
    if (descriptor_ < 0)
        throw unavailable{"cannot open " + at.lock.string() + ": " + std::strerror(errno),
                          "the private database belongs to another user; use that one, or set SMELT_HOME"};
    while (::flock(descriptor_, LOCK_EX) != 0)
        if (errno != EINTR)
            throw unavailable{"cannot lock " + at.lock.string() + ": " + std::strerror(errno)};
}

cluster_lock::~cluster_lock() {
    ::close(descriptor_);
}

} // namespace smelt::db
