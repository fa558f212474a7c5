# The C++ libraries in the program itself: finding and linking the shared ones took half of the time that a start
# takes, libstdc++ (which the others bring) most of it. libc stays shared, for dlopen(3) of libsystemd.
# Sets NETCFG_NL, NETCFG_YAML, NETCFG_FMT, NETCFG_LINK_OPTIONS.
option(NETCFG_STATIC "Link the C++ libraries statically" OFF)

set(NETCFG_NL PkgConfig::NL)
set(NETCFG_YAML yaml-cpp)
set(NETCFG_FMT fmt::fmt)
set(NETCFG_LINK_OPTIONS "")
if(NETCFG_STATIC)
  find_library(NETCFG_NL_ARCHIVE libnl-3.a)
  find_library(NETCFG_YAML_ARCHIVE libyaml-cpp.a)
  if(NETCFG_NL_ARCHIVE AND NETCFG_YAML_ARCHIVE)
    set(NETCFG_NL ${NETCFG_NL_ARCHIVE})
    set(NETCFG_YAML ${NETCFG_YAML_ARCHIVE})
    include_directories(SYSTEM ${NL_INCLUDE_DIRS})
    # Debian has no libfmt.a, but all of fmt's code in its headers.
    configure_file(${CMAKE_CURRENT_LIST_DIR}/fmt.cc.in ${PROJECT_BINARY_DIR}/fmt.cc COPYONLY)
    add_library(netcfg_fmt STATIC ${PROJECT_BINARY_DIR}/fmt.cc)
    set(NETCFG_FMT netcfg_fmt)
    set(NETCFG_LINK_OPTIONS -static-libstdc++ -static-libgcc -Wl,--gc-sections)
  else()
    message(STATUS "libnl-3.a or libyaml-cpp.a is missing: linked with shared libraries")
  endif()
endif()
