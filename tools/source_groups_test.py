"""source_groups.py keeps files apart whose names clash, and only those."""

import pathlib
import tempfile
import unittest

import source_groups

FILE = """#include <string>

namespace yixin::{room} {{
namespace {{

{body}

}}  // namespace
}}  // namespace yixin::{room}
"""


class SourceGroupsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def groups(self, *bodies, largest=9, rooms=None):
        """The groups of files that hold these, by the files' numbers."""
        for cache in (source_groups.names_of_header, source_groups.headers_of):
            cache.cache_clear()
        files = []
        for n, body in enumerate(bodies):
            files.append(self.folder / str(n))
            files[-1].write_text(FILE.format(room=rooms[n] if rooms else "table", body=body))
        return [[int(file.name) for file in group] for group in source_groups.grouped(files, largest)]

    def test_one_name_in_two_files_keeps_them_apart(self):
        for first, second in {
            "int Read(int a) {\n  return a;\n}": "std::string Read() { return {}; }",
            "constexpr int kLimit = 3;": "constexpr size_t kLimit{4};",
            "const std::vector<std::string> kWords = {": "constexpr std::array kWords = {",
            "struct Case {\n  int a;\n};": "class Case : public Other {\n};",
            "using Json = nlohmann::json;": "struct Json {};",
            "using Row = std::vector<int>;": "using Row = std::vector<long>;",
            "template <typename T>\nT Least(T a) {\n}": "template <typename U>\nU Least(U a) {\n}",
            "TEST(Csv, Reads) {\n}": "TEST_F(Csv, Reads) {\n}",
            "#define ROWS 3": "#define ROWS 3",
            'extern "C" int Entry(const char* data) {\n}': 'extern "C" int Entry(const char* data) {\n}',
            "int Row::Next() {\n}": "int Row::Next() {\n}",
        }.items():
            with self.subTest(first):
                self.assertEqual(self.groups(first, second), [[0], [1]])

    def test_other_names_stand_together(self):
        self.assertEqual(self.groups("int A() {\n  Read();\n}", "int B() {\n  Read();\n}"), [[0, 1]])
        self.assertEqual(self.groups("TEST(Csv, A) {\n}", "TEST(Csv, B) {\n}"), [[0, 1]])
        self.assertEqual(self.groups("int Row::Next() {\n}", "int Cell::Next() {\n}"), [[0, 1]])

    def test_what_a_header_has_is_not_declared_beside_those_who_include_it(self):
        (self.folder / "read.h").write_text("namespace yixin::table {\nint Read(int a);\nclass Other;\n}\n")
        (self.folder / "write.h").write_text('#include "read.h"\nnamespace yixin::table {\nint Read(long a);\nclass Other;\n}\n')
        include, beyond = '#include "read.h"', '#include "write.h"'
        self.assertEqual(self.groups(include, beyond + "\nint Read(int a) {\n}"), [[0, 1]], "overloads, a definition")
        self.assertEqual(self.groups(include, "int Read() {\n}", beyond), [[0, 2], [1]])
        for name in ("read.h", "type.h"):
            (self.folder / name).write_text("namespace yixin::table {\nstruct Row {\n};\n}\n")
        self.assertEqual(self.groups(include, '#include "type.h"', beyond), [[0, 2], [1]], "one type in two headers")

    def test_what_is_no_second_declaration(self):
        self.assertEqual(self.groups("using Json = nlohmann::json;", "using Json = nlohmann::json;"), [[0, 1]])
        self.assertEqual(self.groups("static_assert(sizeof(int) == 4);", "static_assert(true);"), [[0, 1]])
        task = 'const char* k{} = R"toml(\nname = "x"\n)toml";'
        self.assertEqual(self.groups(task.format("A"), task.format("B")), [[0, 1]])

    def test_one_name_in_two_rooms_is_two_names(self):
        self.assertEqual(self.groups("int A() {\n}", "int A() {\n}", rooms=["table", "store"]), [[0, 1]])
        # A macro knows no namespace.
        self.assertEqual(self.groups("#define A 1", "#define A 2", rooms=["table", "store"]), [[0], [1]])

    def test_a_group_has_room(self):
        bodies = [f"int A{n}() {{\n}}" for n in range(5)]
        self.assertEqual(self.groups(*bodies, largest=2), [[0, 1], [2, 3], [4]])

    def test_it_prints_a_number_for_each_file(self):
        self.groups("int A() {\n}", "int A() {\n}", "int B() {\n}")
        written = []
        files = [str(self.folder / str(n)) for n in range(3)]
        self.assertEqual(source_groups.main(["--largest", "4", *files], written.append), 0)
        self.assertEqual(written, ["0;1;0\n"])


if __name__ == "__main__":
    unittest.main()
