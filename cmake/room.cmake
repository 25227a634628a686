# A room is a folder under src/ and a target yixin_<name>. It links the rooms it may include, and
# nothing else; tools/check_layers.py reads the #include lines and these lists to the same map.
#
#   yixin_room(tokenizer
#     SOURCES bpe.cc ... TESTS bpe_test.cc ...
#     ROOMS base          # rooms of a lower rank
#     LIBRARIES utf8proc  # third-party targets, private
#     TEST_LIBRARIES ...
#     TESTS_START_NO_THREAD)  # what the tests call neither: the thread sanitizer has nothing to see there
function(yixin_room name)
  cmake_parse_arguments(ROOM "TESTS_START_NO_THREAD" "" "SOURCES;TESTS;ROOMS;LIBRARIES;TEST_LIBRARIES" ${ARGN})
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "yixin_room(${name}): unknown arguments: ${ROOM_UNPARSED_ARGUMENTS}")
  endif()
  add_library(yixin_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(yixin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src
                                                  ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM ROOM_ROOMS PREPEND yixin_)
  target_link_libraries(yixin_${name} PUBLIC ${ROOM_ROOMS} PRIVATE yixin_options ${ROOM_LIBRARIES})
  if(YIXIN_UNITY STREQUAL "ALL")
    yixin_unity(yixin_${name})
  endif()
  if(ROOM_TESTS_START_NO_THREAD AND YIXIN_SANITIZE STREQUAL "thread")
    return()
  endif()
  if(YIXIN_BUILD_TESTS AND ROOM_TESTS)
    yixin_test(${name}_test SOURCES ${ROOM_TESTS}
               LIBRARIES yixin_${name} ${ROOM_LIBRARIES} ${ROOM_TEST_LIBRARIES})
  endif()
endfunction()

# The target's sources are compiled several at a time, where their names do not clash
# (tools/source_groups.py). Sources with options of their own stay alone: CMake sees to that.
function(yixin_unity target)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^/")  # what is generated is not there yet
  list(LENGTH sources count)
  if(count LESS 2)
    return()
  endif()
  set(tool ${PROJECT_SOURCE_DIR}/tools/source_groups.py)
  # A group of eight takes g++ 12 a gigabyte, which is what scripts/jobs.sh counts with.
  execute_process(COMMAND ${Python3_EXECUTABLE} -B ${tool} --largest 8 ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  foreach(source group IN ZIP_LISTS sources groups)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # A type in an anonymous namespace of a source is in an included file here, but in one unit all the same.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  # Names change with the sources, so the groups are made anew before a build.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${tool} ${sources})
endfunction()

# One GoogleTest program, registered with ctest under its own name. Tests find the project's data by
# the definition YIXIN_SOURCE_DIR.
#
# LABELS real_model: the test reads the models that YIXIN_TEST_QWEN_GGUF and YIXIN_TEST_SMOLLM_GGUF
# name (`make test` sets both; without them the test fails, it does not skip). Such tests run one at a
# time and in the Release build only.
function(yixin_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT YIXIN_BUILD_TESTS)
    return()
  endif()
  if(NOT TARGET GTest::gtest)
    find_package(GTest REQUIRED)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_compile_definitions(${name} PRIVATE YIXIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${TEST_LIBRARIES} yixin_options GTest::gtest GTest::gtest_main)
  if(NOT YIXIN_UNITY STREQUAL "NONE")
    yixin_unity(${name})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  yixin_test_properties(${name} LABELS ${TEST_LABELS} TIMEOUT ${TEST_TIMEOUT})
endfunction()

# A Python unittest file, registered with ctest: what tests the tools, or drives the finished program.
# The build folder is in YIXIN_BUILD_DIR, the program under test in YIXIN_PROGRAM.
function(yixin_python_test name file)
  cmake_parse_arguments(TEST "" "TIMEOUT" "LABELS" ${ARGN})
  if(NOT YIXIN_BUILD_TESTS)
    return()
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  add_test(NAME ${name} COMMAND Python3::Interpreter -B ${file})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "YIXIN_BUILD_DIR=${PROJECT_BINARY_DIR};YIXIN_PROGRAM=${PROJECT_BINARY_DIR}/yixin")
  yixin_test_properties(${name} LABELS ${TEST_LABELS} TIMEOUT ${TEST_TIMEOUT})
endfunction()

function(yixin_test_properties name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "LABELS" ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}")
  if("real_model" IN_LIST TEST_LABELS)
    # Half a gigabyte of weights and every core each.
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK real_model TIMEOUT 3600)
  endif()
  if(TEST_TIMEOUT)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT})
  endif()
endfunction()
