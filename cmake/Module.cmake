# smelt_module(NAME USES modules... LIBS libraries... EMBED sets...)
#
# Builds the sources in src/NAME and its folders into the static library smelt_NAME. Its public headers are reached through a
# folder that holds nothing but a link to include/smelt/NAME, so that including a header of a module that is not named in USES
# does not compile. Its private headers stay in src/NAME: "other.hpp" is one in the same folder, "NAME/folder/other.hpp" one in
# another folder of the module, reached through a link in the same way.
function(smelt_module name)
  cmake_parse_arguments(ARG "" "" "USES;LIBS;EMBED" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(smelt_${name} STATIC ${sources})

  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view}/smelt)
  if(NOT EXISTS ${view}/smelt/${name})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/smelt/${name} ${view}/smelt/${name} SYMBOLIC)
  endif()
  target_include_directories(smelt_${name} PUBLIC ${view})

  set(inside ${CMAKE_BINARY_DIR}/include/inside_${name})
  file(MAKE_DIRECTORY ${inside})
  if(NOT EXISTS ${inside}/${name})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${inside}/${name} SYMBOLIC)
  endif()
  target_include_directories(smelt_${name} PRIVATE ${inside})

  list(TRANSFORM ARG_USES PREPEND smelt_ OUTPUT_VARIABLE uses)
  target_link_libraries(smelt_${name} PUBLIC ${uses} ${ARG_LIBS} PRIVATE smelt_warnings)

  foreach(set IN LISTS ARG_EMBED)
    if(set STREQUAL "migrations")
      file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
    elseif(set STREQUAL "config_files")
      file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schemas/*.json ${CMAKE_SOURCE_DIR}/data/*)
    elseif(set STREQUAL "starter")
      file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/starter/*)
    endif()
    smelt_embed(smelt_${name} ${set} ${CMAKE_SOURCE_DIR} ${files})
  endforeach()
endfunction()
