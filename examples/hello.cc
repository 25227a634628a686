// Both jobs of one model: how does this text feel, and what to answer. hello MODEL.gguf TEXT
// Tested by: tests/install/install_test.py
#include <cstdio>

#include "yixin/assistant.h"

int Fail(const yixin::Error& error) {
  std::fprintf(stderr, "hello: %s\n", error.message.c_str());
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 3) return Fail({.message = "usage: hello MODEL.gguf TEXT"});
  auto assistant = yixin::Assistant::Open({.model_path = argv[1]});
  if (!assistant) return Fail(assistant.error());

  auto mood = assistant->Classify(argv[2], {.task = "sentiment.zh"});
  if (!mood) return Fail(mood.error());
  std::printf("%s\n", mood->label.c_str());

  auto chat = assistant->StartConversation({.task = "chat.zh"});
  if (!chat) return Fail(chat.error());
  auto reply = chat->Say(argv[2], mood->label, {}, [](std::string_view piece) {
    return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
  });
  if (!reply) return Fail(reply.error());
  std::printf("\n");
}
