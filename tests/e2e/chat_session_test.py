"""yixin chat --session: a conversation that is gone on with, by the chat and by yixin serve."""

import json
import signal
import subprocess
import unittest

import program
from http_program import Server


class ChatSessionTest(program.ProgramTest):
    def events(self, text, *words, **options):
        done = self.run_verb("chat", "--max-new-tokens", "8", "--json", *words, stdin=text.encode(), **options)
        return self.json_lines(done.stdout)

    def replies(self, events):
        return [event["text"] for event in events if event["event"] == "reply"]

    def test_it_goes_on_where_it_was(self):
        saved = self.folder / "first.json"
        first = self.replies(self.events(f"a\n/save {saved}\n", "--session", "客服 1"))
        loaded = self.replies(self.events(f"/load {saved}\nb\n"))
        again = self.events("b\n", "--session", "客服 1")
        self.assertIn("1", next(event["text"] for event in again if event["event"] == "notice"))
        self.assertEqual(len(first), 1)
        self.assertEqual(self.replies(again), loaded, "as from a file")
        third = self.events("/retry\n/mood\n", "--session", "客服 1")
        self.assertEqual(len(self.replies(third)), 1)
        self.events("/clear\n", "--session", "客服 1")
        self.assertFalse(any(event["event"] == "notice" for event in self.events("", "--session", "客服 1")))

    def test_the_voice_stays(self):
        self.events("a\n", "--session", "en", "--task", "chat.en", "--no-sentiment")
        known = self.events("b\n/save " + str(self.folder / "en.json") + "\n", "--session", "en", "--no-sentiment")
        self.assertEqual(len(self.replies(known)), 1)
        self.assertIn("chat.en", (self.folder / "en.json").read_text())

    def test_the_server_has_the_same_ones(self):
        self.events("from the chat\n", "--session", "both")
        with Server(self, log=False) as server:
            turns = server.ask("GET", "/v1/conversations/both")[2]["turns"]
            self.assertEqual([turn["user"] for turn in turns], ["from the chat"])
            self.assertEqual(set(turns[0]["sentiment"]["labels"]), {"正面", "负面", "中性"})
            body = {"text": "from the server", "conversation": "both", "max_tokens": 5}
            self.assertEqual(server.ask("POST", "/v1/assist", body)[2]["conversation"]["turn"], 1)
            server.stop()
        saved = self.folder / "both.json"
        self.events(f"/save {saved}\n", "--session", "both")
        self.assertIn("from the server", saved.read_text())

    def test_a_kill_loses_the_reply_alone(self):
        process = subprocess.Popen(
            [program.PROGRAM, "chat", "--model", self.model, "--json", "--session", "killed", "--max-new-tokens", "3000", "--timeout", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment(),
        )  # fmt: skip
        process.stdin.write("今天真开心\n".encode())
        process.stdin.flush()
        while json.loads(process.stdout.readline())["event"] != "text":
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with Server(self, log=False) as server:
            turns = server.ask("GET", "/v1/conversations/killed")[2]["turns"]
            self.assertEqual([turn["user"] for turn in turns], ["今天真开心"])
            server.stop()
        self.assertEqual(len(self.replies(self.events("b\n", "--session", "killed"))), 1)

    def test_what_is_refused(self):
        self.run_verb("chat", "--session", "a\nb", code=64)
        self.run_verb("chat", "--session", "a", env={"HOME": None, "XDG_STATE_HOME": None}, code=74)
        state = self.folder / "broken" / "yixin"
        state.mkdir(parents=True)
        (state / "conversations.db").write_text("x" * 5000)
        self.run_verb("chat", "--session", "a", env={"XDG_STATE_HOME": str(state.parent)}, code=65)


if __name__ == "__main__":
    unittest.main()
