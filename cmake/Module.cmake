option(SMELT_UNITY "Compile the sources of a folder as one: a whole build takes a third of the time, one changed file twice as long" OFF)

# smelt_unity(TARGET sources...): names in anonymous namespaces must be unique in their folder. Commands are left out: each has its
# own `footer` and `options`.
function(smelt_unity target)
  if(NOT SMELT_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  list(FILTER ARGN EXCLUDE REGEX "/cli/commands/")
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${source})
    get_filename_component(folder ${path} DIRECTORY)
    string(MAKE_C_IDENTIFIER ${folder} group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage) # it takes the included sources for headers
  endif()
endfunction()

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
  smelt_unity(smelt_${name} ${sources})

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
