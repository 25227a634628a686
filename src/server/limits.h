// Every limit of the HTTP door in one place; docs/http_api.md has the same table.
// Tested by: http_server_test.cc, request_reader_test.cc, tests/e2e/serve_test.py
#pragma once

#include <cstddef>

namespace yixin {

struct ServerLimits {
  size_t header_bytes = size_t{16} << 10;  // request line and headers: a cookie jar and a key fit
  size_t body_bytes = size_t{1} << 20;     // of a request; 256 long texts, or a long conversation
  int json_depth = 32;                     // arrays and objects inside each other
  size_t texts = 256;                      // of one POST /v1/classify
  size_t messages = 1024;                  // of one conversation
  int replies = 8;                         // n of one request
  size_t completions = 32;                 // of one POST /v1/completions: prompts times n
  size_t stops = 16;
  size_t stop_bytes = 1000;
  size_t choices = 64;
  size_t choice_bytes = 1000;
  size_t connections = 512;             // at once; one more is told 503 and closed
  size_t connections_per_client = 128;  // of one address; Unix sockets are not counted
  int request_ms = 30'000;  // from a request's first byte to its last, however they trickle
  int idle_ms = 60'000;     // between two requests of a connection
  int answer_ms = 300'000;  // from a request's last byte to the first of its answer
  int write_ms = 30'000;    // until the client has taken an answer, or one piece of a stream
  size_t stream_queue_bytes = size_t{256} << 10;  // that a slow reader may leave waiting
  int stop_ms = 10'000;                           // for what is being answered, after SIGTERM
  int last_words_ms = 2'000;                      // and for the error that it ends with then
};

}  // namespace yixin
