"""share/openapi.json says what the running server has: each path with its methods, and each field of a request."""

import json
import re
import unittest
import urllib.parse

import program
from http_program import Server

DESCRIPTION = program.ROOT / "share" / "openapi.json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_SUCH_PATH = "no such path here"


def references(node):
    """Names of the components that a part of the description leans on."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    for part in node if isinstance(node, list) else ():
        yield from references(part)


class OpenApiTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Server(cls, log=False))
        cls.description = json.loads(DESCRIPTION.read_text())
        cls.paths = cls.description["paths"]

    def ask(self, method, path, body=None):
        """The status and the message of the error, if it is one. A name that nothing has stands for each {parameter}."""
        path = re.sub(r"{\w+}", urllib.parse.quote("没有"), path)
        status, _, answer = self.server.ask(method, path, body)
        error = answer.get("error", "") if isinstance(answer, dict) else ""
        return status, error if isinstance(error, str) else error["message"]

    def test_what_is_described_is_there_and_nothing_else_of_it(self):
        for path, operations in self.paths.items():
            for method in METHODS:
                with self.subTest(path=path, method=method):
                    status, message = self.ask(method, path, {} if method != "GET" else None)
                    self.assertNotEqual(message, NO_SUCH_PATH)
                    self.assertEqual(status == 405, method.lower() not in operations)

    def test_what_is_there_is_described(self):
        named = set()
        for file in (program.ROOT / "src" / "server").glob("*.cc"):
            if not file.name.endswith("_test.cc"):
                named |= set(re.findall(r'"(/[\w./-]*)"', file.read_text()))
        self.assertIn("/health", named)
        there = {path for path in named if self.ask("GET", path)[1] != NO_SUCH_PATH}
        # A path that others begin with (/v1/conversations/) is described with its parameter.
        self.assertEqual({path for path in there if path not in self.paths and not any(known.startswith(path + "{") for known in self.paths)}, set())
        for path in ("/v1", "/v2/models", "/openapi", "/v1/classify/x"):
            self.assertEqual(self.ask("GET", path), (404, NO_SUCH_PATH))

    def test_the_fields_of_requests_are_those_that_the_server_knows(self):
        seen = 0
        for path, operations in self.paths.items():
            for method, operation in operations.items():
                if "requestBody" not in operation:
                    continue
                name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
                described = self.description["components"]["schemas"][name]
                status, message = self.ask(method.upper(), path, {"no_such_field": 1})
                self.assertEqual(status, 400)
                self.assertEqual(set(message.split("known are ")[1].split(", ")), set(described["properties"]), path)
                self.assertEqual(described["additionalProperties"], {"type": "null"})
                seen += 1
        self.assertGreater(seen, 1)

    def test_it_is_whole(self):
        components = self.description["components"]
        known = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
        self.assertEqual(set(references(self.description)), known, "neither dangling nor left over")
        ids = [operation["operationId"] for operations in self.paths.values() for operation in operations.values()]
        self.assertEqual(len(ids), len(set(ids)))
        version = self.run_program("--version").stdout.decode()
        self.assertIn(self.description["info"]["version"], version)


if __name__ == "__main__":
    unittest.main()
