# Warnings, sanitizers, and the tools that make two cores go further.
add_library(smelt_warnings INTERFACE)
# g++ 12 takes the frame of an inlined coroutine of Asio, which has its own new and delete, for a mismatch.
target_compile_options(smelt_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wno-mismatched-new-delete)
# In a file that includes others (SMELT_UNITY) a local name may well be that of a constant of another file.
set(merged $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(smelt_warnings INTERFACE $<IF:${merged},$<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>,-Wshadow>)
option(SMELT_WERROR "Treat warnings as errors" ON)
if(SMELT_WERROR)
  target_compile_options(smelt_warnings INTERFACE -Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-deprecated-declarations) # libstdc++ 12's stable_sort uses what C++17 deprecates
endif()

set(SMELT_SANITIZE "" CACHE STRING "Sanitizers for everything, e.g. address,undefined")
if(SMELT_SANITIZE)
  add_compile_options(-fsanitize=${SMELT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/tests/sanitizer-ignore.txt)
  endif()
  add_link_options(-fsanitize=${SMELT_SANITIZE})
endif()

find_program(SMELT_CCACHE ccache)
if(SMELT_CCACHE)
  # Without the first two ccache refuses files with a precompiled header; the sources use neither __TIME__ nor __DATE__.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SMELT_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    add_compile_options(-fpch-preprocess)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

# A sanitized link with mold 1.10 loses symbols of the runtime, so it keeps the default linker.
find_program(SMELT_MOLD mold)
if(SMELT_MOLD AND NOT SMELT_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
