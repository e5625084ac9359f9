# What is installed, in two components:
#   development   libraries, headers, find_package(asyncio), pkg-config asyncio
#   daemon        boardd, asyncio-doctor, its configuration, its systemd and udev files
include(CMakePackageConfigHelpers)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/asyncio)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS asyncio machine EXPORT asyncio
  ARCHIVE COMPONENT development
  LIBRARY COMPONENT development
  FILE_SET HEADERS COMPONENT development)
install(EXPORT asyncio
  NAMESPACE asyncio:: FILE asyncioTargets.cmake DESTINATION ${cmake_dir} COMPONENT development)

# A static library does not carry what it needs, so there its users link that too.
if(BUILD_SHARED_LIBS)
  set(is_static OFF)
  set(pc_requires Requires.private)
else()
  set(is_static ON)
  set(pc_requires Requires)
endif()

configure_package_config_file(asyncioConfig.cmake.in asyncioConfig.cmake
  INSTALL_DESTINATION ${cmake_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(asyncioConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/asyncioConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/asyncioConfigVersion.cmake
  DESTINATION ${cmake_dir} COMPONENT development)

# The .pc files find the prefix from where they lie, so an installed tree can be moved.
file(RELATIVE_PATH pc_prefix /prefix/${pkgconfig_dir} /prefix)
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
configure_file(asyncio.pc.in asyncio.pc @ONLY)
configure_file(asyncio-machine.pc.in asyncio-machine.pc @ONLY)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/asyncio.pc
  ${CMAKE_CURRENT_BINARY_DIR}/asyncio-machine.pc
  DESTINATION ${pkgconfig_dir} COMPONENT development)

# The daemon's users want to know how it waits, too.
install(TARGETS asyncio-doctor RUNTIME COMPONENT daemon)
install(TARGETS boardd RUNTIME COMPONENT daemon)
install(FILES ${PROJECT_SOURCE_DIR}/config/asyncio-doctor.1
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT daemon)
install(FILES ${PROJECT_SOURCE_DIR}/config/boardd.8
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT daemon)
install(FILES ${PROJECT_SOURCE_DIR}/config/boardd.toml.5
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT daemon)
