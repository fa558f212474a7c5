# netcfg_floor(FOLDER NUMBER [LINK target...]): one static library of a folder's sources.
# It links every floor below it, so that an include that runs upward fails to link
# as well as to pass tests/floors.
set_property(GLOBAL PROPERTY NETCFG_FLOORS "")

function(netcfg_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wno-sign-conversion -Wno-missing-field-initializers)
  if(NETCFG_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(NETCFG_SANITIZE)
    # Null, alignment, vptr and object-size checks stand at every access and nearly double the time to
    # compile; AddressSanitizer finds what they would.
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all
                           -fno-sanitize=null,alignment,vptr,object-size
                           -fno-omit-frame-pointer
                           # gcc's manual: sanitizers make this one cry wolf.
                           -Wno-maybe-uninitialized)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
  if(NETCFG_FUZZ)
    # Without it libFuzzer sees no coverage of the code under test.
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(netcfg_floor folder number)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(REPLACE "/" "_" target ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  get_property(floors GLOBAL PROPERTY NETCFG_FLOORS)
  set(below "")
  foreach(floor IN LISTS floors)
    string(REPLACE ":" ";" parts ${floor})
    list(GET parts 0 name)
    list(GET parts 1 level)
    if(level LESS number)
      list(PREPEND below ${name})
    endif()
  endforeach()
  if(sources)
    add_library(floor_${target} STATIC ${sources})
    set(scope PUBLIC)
    netcfg_compile_options(floor_${target})
  else()
    add_library(floor_${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  # Every header must stand by itself. The .cc file of the same name, which includes it first (tests/floors/check.py),
  # shows that; those without one are compiled alone by the target all_verify_interface_header_sets.
  foreach(source IN LISTS sources)
    string(REGEX REPLACE "\\.cc$" ".h" header ${source})
    list(REMOVE_ITEM headers ${header})
  endforeach()
  if(headers)
    target_sources(floor_${target} ${scope} FILE_SET headers TYPE HEADERS
                   BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
    set_target_properties(floor_${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  target_include_directories(floor_${target} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(floor_${target} ${scope} ${below} ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY NETCFG_FLOORS "floor_${target}:${number}")
endfunction()

function(netcfg_program name main)
  add_executable(${name} ${main})
  netcfg_compile_options(${name})
  target_compile_definitions(${name} PRIVATE NETCFG_VERSION="${PROJECT_VERSION}")
  get_property(floors GLOBAL PROPERTY NETCFG_FLOORS)
  foreach(floor IN LISTS floors)
    string(REPLACE ":" ";" parts ${floor})
    list(GET parts 0 lib)
    list(PREPEND libs ${lib})
  endforeach()
  target_link_libraries(${name} PRIVATE ${libs})
endfunction()
