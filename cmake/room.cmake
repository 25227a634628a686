# A room is a folder under src/ and a target yixin_<name>. It links the rooms it may include, and
# nothing else; tools/check_layers.py reads the #include lines to the same map.
#
#   yixin_room(tokenizer
#     SOURCES bpe.cc ... TESTS bpe_test.cc ...
#     ROOMS base          # rooms of a lower rank
#     LIBRARIES utf8proc  # third-party targets, private
#     TEST_LIBRARIES ...)
function(yixin_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;ROOMS;LIBRARIES;TEST_LIBRARIES" ${ARGN})
  add_library(yixin_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(yixin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src
                                                  ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM ROOM_ROOMS PREPEND yixin_)
  target_link_libraries(yixin_${name} PUBLIC ${ROOM_ROOMS} PRIVATE yixin_options ${ROOM_LIBRARIES})
  if(YIXIN_BUILD_TESTS AND ROOM_TESTS)
    yixin_test(${name}_test SOURCES ${ROOM_TESTS}
               LIBRARIES yixin_${name} ${ROOM_LIBRARIES} ${ROOM_TEST_LIBRARIES})
  endif()
endfunction()

# One GoogleTest program, registered with ctest under its own name. Tests find the project's data by
# the definition YIXIN_SOURCE_DIR.
function(yixin_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBRARIES" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${TEST_SOURCES})
  target_compile_definitions(${name} PRIVATE YIXIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${TEST_LIBRARIES} yixin_options GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
