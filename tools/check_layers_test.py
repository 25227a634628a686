"""Each kind of violation that check_layers.py claims to catch, made in a small tree of its own."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A tree without a fault, touching every rule from its lawful side.
LAWFUL = {
    "include/yixin/result.h": "#include <string>\n",
    "include/yixin/chat.h": '#include <vector>\n#include "yixin/result.h"\n',
    "src/base/checked.h": "#include <sys/mman.h>\n",
    "src/formats/gguf.cc": '#include "formats/gguf.h"\n#include "base/checked.h"\n#include "yixin/result.h"\n',
    "src/formats/gguf.h": "",
    "src/formats/CMakeLists.txt": "yixin_room(formats SOURCES gguf.cc ROOMS base)\n",
    "src/tokenizer/bpe.cc": "#include <utf8proc.h>\n",
    "src/model/config.h": '#include "formats/gguf.h"\n#include "base/checked.h"\n',
    # base comes through formats.
    "src/model/CMakeLists.txt": "yixin_room(model\n  SOURCES config.cc\n  ROOMS formats)  # ROOMS engine\n",
    "src/model/config_test.cc": '#include <gtest/gtest.h>\n#include "support/tiny_model.h"\n',
    "src/api/assistant.cc": '#include "yixin/chat.h"\n#include "model/config.h"\n',
    "src/table/row.h": '#include "yixin/result.h"\n#include "table/row_source.h"\n',
    "src/table/row.cc": '#include "base/checked.h"\n',
    "src/table/CMakeLists.txt": "yixin_room(table SOURCES row.cc ROOMS base)\n",
    "src/eval/data.cc": '#include "table/row.h"\n#include "yixin/chat.h"\n',
    "src/eval/CMakeLists.txt": "yixin_room(eval SOURCES data.cc ROOMS api table)\n",
    "src/server/http.cc": '#include "server/http.h"\n#include "yixin/chat.h"\n',
    "src/cli/main.cc": '#include "server/http.h"\n#include "yixin/chat.h"\n',
    "src/cli/CMakeLists.txt": "yixin_room(cli SOURCES main.cc ROOMS server api)\n",
    "tests/fuzz/gguf_fuzz.cc": '#include "formats/gguf.h"\n#include "support/x.h"\n',
    "examples/hello.cc": '#include <iostream>\n#include "yixin/chat.h"\n#include <yixin/result.h>\n',
}


class CheckLayersTest(unittest.TestCase):
    def problems(self, changes=None):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**LAWFUL, **(changes or {})}.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            checker = check_layers.Checker(root.resolve())
            checker.run()
            return checker.problems

    def assert_caught(self, changes, place, words):
        problems = self.problems(changes)
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith(place + ":"), problems[0])
        self.assertIn(words, problems[0])

    def test_lawful_tree_has_no_problem(self):
        self.assertEqual(self.problems(), [])

    def test_include_upwards(self):
        self.assert_caught(
            {"src/formats/a.cc": '\n\n#include "model/config.h"\n'},
            "src/formats/a.cc:3",
            "must not know model (rank 2)",
        )

    def test_tests_of_a_room_keep_to_its_rank(self):
        self.assert_caught(
            {"src/formats/a_test.cc": '#include "model/config.h"\n'}, "src/formats/a_test.cc:1", "must not know"
        )

    def test_same_rank(self):
        for room, other in (("formats", "tokenizer"), ("model", "prompt"), ("server", "eval")):
            with self.subTest(room=room):
                self.assert_caught(
                    {f"src/{room}/a.h": f'#  include   "{other}/x.h"\n'},
                    f"src/{room}/a.h:1",
                    f"{room} and {other} have the same rank",
                )

    def test_inc_files_are_read(self):
        self.assert_caught(
            {"src/kernels/generic/a.inc": '#include "store/x.h"\n'}, "src/kernels/generic/a.inc:1", "same rank"
        )

    def test_include_of_a_room_that_cmake_does_not_list(self):
        self.assert_caught(
            {"src/model/a.cc": '#include "kernels/x.h"\n'},
            "src/model/a.cc:1",
            "does not list kernels in ROOMS",
        )

    def test_rooms_under_the_api_use_the_common_headers_only(self):
        self.assert_caught({"src/engine/a.h": '#include "yixin/chat.h"\n'}, "src/engine/a.h:1", "not chat.h")

    def test_users_see_only_the_public_api(self):
        for room in ("server", "eval", "bench", "cli"):
            with self.subTest(room=room):
                self.assert_caught(
                    {f"src/{room}/a.cc": '#include "base/checked.h"\n', "src/cli/CMakeLists.txt": ""},
                    f"src/{room}/a.cc:1",
                    "sees only include/yixin",
                )

    def test_users_do_not_see_the_facades_insides(self):
        self.assert_caught({"src/eval/a.cc": '#include "api/state.h"\n'}, "src/eval/a.cc:1", "sees only include/yixin")

    def test_users_link_an_open_room_that_they_include(self):
        self.assert_caught(
            {"src/bench/a.cc": '#include "table/row.h"\n', "src/bench/CMakeLists.txt": "yixin_room(bench ROOMS api)\n"},
            "src/bench/a.cc:1",
            "does not list table in ROOMS",
        )

    def test_headers_of_an_open_room_show_no_other(self):
        self.assert_caught(
            {"src/table/row.h": '#include "base/checked.h"\n'}, "src/table/row.h:1", "must not see base"
        )

    def test_an_open_room_keeps_to_its_rank(self):
        for include, words in (("formats/gguf.h", "same rank"), ("model/config.h", "must not know model")):
            with self.subTest(include=include):
                self.assert_caught({"src/table/a.cc": f'#include "{include}"\n'}, "src/table/a.cc:1", words)

    def test_unknown_room_in_an_include(self):
        for path in ("helpers/x.h", "gguf.h", "../base/checked.h"):
            with self.subTest(path=path):
                self.assert_caught({"src/formats/a.h": f'#include "{path}"\n'}, "src/formats/a.h:1", "names no room")

    def test_unknown_folders(self):
        for folder in ("src/util", "include/other", "tests/misc"):
            with self.subTest(folder=folder):
                self.assert_caught({f"{folder}/a.txt": ""}, f"{folder}:0", "unknown folder")

    def test_code_outside_a_room(self):
        self.assert_caught({"src/a.cc": ""}, "src/a.cc:0", "code directly in src/")

    def test_own_headers_in_angle_brackets(self):
        self.assert_caught({"src/formats/a.h": "#include <base/checked.h>\n"}, "src/formats/a.h:1", "with quotes")

    def test_public_headers_hold_no_third_party_type(self):
        for line in ("#include <nlohmann/json.hpp>", "#include <unistd.h>", '#include "base/checked.h"'):
            with self.subTest(line=line):
                self.assert_caught(
                    {"include/yixin/a.h": line + "\n"}, "include/yixin/a.h:1", "only the C++ standard library"
                )

    def test_examples_use_the_public_api_only(self):
        self.assert_caught({"examples/a.cc": '#include "base/checked.h"\n'}, "examples/a.cc:1", "only the public API")

    def test_tests_name_what_they_include(self):
        self.assert_caught({"tests/e2e/a.cc": '#include "x.h"\n'}, "tests/e2e/a.cc:1", "support/...")

    def test_shared_test_code_is_for_tests(self):
        self.assert_caught({"src/base/a.cc": '#include "support/x.h"\n'}, "src/base/a.cc:1", "names no room")

    def test_two_classes_of_one_name(self):
        files = {"src/base/a.h": "struct Same {\n", "src/store/b.h": "\nclass Same : public Other {\n"}
        self.assert_caught(files, "src/store/b.h:2", "src/base/a.h defines another class Same")

    def test_what_is_no_second_class(self):
        for other in ("struct Same;\n", "struct Same::Inner {\n", "  struct Same {\n"):
            with self.subTest(other):
                self.assertEqual(self.problems({"src/base/a.h": "struct Same {\n", "src/store/b.h": other}), [])
        self.assertEqual(self.problems({"src/base/a.h": "struct Same {\n", "src/base/a_test.h": "struct Same {\n"}), [])

    def test_computed_include(self):
        self.assert_caught({"src/base/a.h": "#include HEADER\n"}, "src/base/a.h:1", "computed include")

    def test_comments_are_not_includes(self):
        text = '/* how to use it:\n#include "cli/x.h"\n*/\n// #include "cli/x.h"\n#include "store/x.h"\n'
        self.assert_caught({"src/base/a.h": text}, "src/base/a.h:5", "must not know store")

    def test_cmake_lists_a_higher_room(self):
        self.assert_caught(
            {"src/base/CMakeLists.txt": "\nyixin_room(base\n  SOURCES a.cc\n  ROOMS store)\n"},
            "src/base/CMakeLists.txt:2",
            "links store",
        )

    def test_cmake_lists_no_room(self):
        self.assert_caught(
            {"src/base/CMakeLists.txt": "yixin_room(base ROOMS helpers)\n"}, "src/base/CMakeLists.txt:1", "is no room"
        )

    def test_cmake_links_a_target_past_the_list(self):
        self.assert_caught(
            {"src/base/CMakeLists.txt": "yixin_room(base)\ntarget_link_libraries(yixin_base PRIVATE yixin_cli)\n"},
            "src/base/CMakeLists.txt:2",
            "links cli",
        )

    def test_cmake_test_libraries_keep_to_the_rank(self):
        self.assert_caught(
            {"src/store/CMakeLists.txt": "yixin_room(store TEST_LIBRARIES yixin_formats)\n"},
            "src/store/CMakeLists.txt:1",
            "links formats",
        )

    def test_cmake_room_under_another_name(self):
        self.assert_caught(
            {"src/base/CMakeLists.txt": "yixin_room(model SOURCES a.cc)\n"},
            "src/base/CMakeLists.txt:1",
            "in the folder base",
        )

    def test_an_empty_tree_does_not_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                import sys

                argv, sys.argv = sys.argv, ["check_layers.py", folder]
                try:
                    self.assertEqual(check_layers.main(), 1)
                finally:
                    sys.argv = argv

    def test_the_map_is_the_documents(self):
        """Every room that exists in src/ with code is on the map, so the check can see it."""
        folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir() and any(p.iterdir())}
        self.assertLessEqual(folders, set(check_layers.RANKS))


if __name__ == "__main__":
    unittest.main()
