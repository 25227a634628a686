"""What embed_page.py writes is what the files hold: looked at by a compiler."""

import pathlib
import subprocess
import tempfile
import unittest

import embed_page


class EmbedPageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, data):
        file = self.folder / name
        file.write_bytes(data)
        return file

    def test_every_byte_arrives(self):
        contents = {
            "index.html": bytes(range(256)) * 40,
            "a.js": b'"\\"??=/*' + "心".encode() + b"\r\n\t1\x001",
            "b.css": b"",
        }
        files = [self.write(name, data) for name, data in contents.items()]
        (self.folder / "server").mkdir()
        (self.folder / "server" / "page_files.h").write_text(
            "#include <string>\n#include <string_view>\n#include <vector>\n"
            "namespace yixin { struct PageFile { std::string path, type; std::string_view body; };\n"
            "std::vector<PageFile> PageFiles(); }\n"
        )
        source = self.write("page_files.cc", embed_page.generate(files).encode("ascii"))
        main = self.write(
            "main.cc",
            b'#include "server/page_files.h"\n#include <cstdio>\nint main() { for (const auto& f : yixin::PageFiles()) {\n'
            b'std::printf("%s %s %zu\\n", f.path.c_str(), f.type.c_str(), f.body.size());\n'
            b"std::fwrite(f.body.data(), 1, f.body.size(), stdout); } }\n",
        )
        program = self.folder / "show"
        subprocess.run(["c++", "-std=c++20", f"-I{self.folder}", main, source, "-o", program], check=True)
        shown = subprocess.run([program], check=True, capture_output=True).stdout
        expected = b""
        for name in sorted(contents):
            path = "/" if name == "index.html" else f"/{name}"
            kind = embed_page.TYPES[pathlib.Path(name).suffix]
            expected += f"{path} {kind} {len(contents[name])}\n".encode() + contents[name]
        self.assertEqual(shown, expected)

    def test_a_kind_that_is_not_known(self):
        with self.assertRaises(SystemExit):
            embed_page.generate([self.write("a.exe", b"")])

    def test_no_files(self):
        self.assertIn("return {\n  };", embed_page.generate([]))


if __name__ == "__main__":
    unittest.main()
