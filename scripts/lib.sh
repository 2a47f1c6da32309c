# shellcheck shell=bash
# What the scripts of this folder share; sourced, never run. Sets `root` (the checkout) and goes there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

say() { printf '== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# clock SECONDS: "4m07s"
clock() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

# Compilers of Asio code need about 1.5 GB each, so memory counts as well as cores. SMELT_JOBS overrides.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
    [ "${memory:-1}" -ge 1 ] || memory=1
    echo "${SMELT_JOBS:-$((cores < memory ? cores : memory))}"
}
