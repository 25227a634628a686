# The installed package: bin/yixin, lib/libyixin.so, include/yixin, share/yixin and a CMake config, so
# that find_package(yixin) gives the target yixin::yixin.
#
# The rooms are static libraries. For other people's programs they become one shared library, which
# holds what it needs of curl, JSON and the like by itself: a user of yixin needs none of their
# -dev packages. The command itself links the rooms, and depends on nothing under PREFIX but share/.
#
# Nothing in the files names PREFIX, so an installed tree may be moved.
# Tested by: tests/install/install_test.py
include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR}/yixin)

if(TARGET yixin)
  set_target_properties(yixin PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS yixin RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

if(TARGET yixin_api)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/yixin)
  set(exports ${PROJECT_SOURCE_DIR}/cmake/libyixin.map)

  # The facade whole, and of the rooms under it what it calls.
  add_library(yixin_package SHARED $<TARGET_OBJECTS:yixin_api>)
  set_target_properties(yixin_package PROPERTIES
    OUTPUT_NAME yixin EXPORT_NAME yixin
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib
    LINK_DEPENDS ${exports})
  target_link_libraries(yixin_package PRIVATE yixin_api yixin_options)
  target_link_options(yixin_package PRIVATE "LINKER:--version-script=${exports}")
  if(NOT YIXIN_SANITIZE)
    target_link_options(yixin_package PRIVATE "LINKER:-z,defs")
  endif()
  target_compile_features(yixin_package INTERFACE cxx_std_20)

  install(TARGETS yixin_package EXPORT yixinTargets
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/yixin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT yixinTargets NAMESPACE yixin:: DESTINATION ${package_dir})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/yixinConfig.cmake.in
    ${PROJECT_BINARY_DIR}/yixinConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/yixinConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/yixinConfig.cmake ${PROJECT_BINARY_DIR}/yixinConfigVersion.cmake
          DESTINATION ${package_dir})
endif()
