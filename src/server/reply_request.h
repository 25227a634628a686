// What a request for replies comes to, in whichever API it is asked.
// Tested by: reply_request_test.cc
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "yixin/result.h"
#include "yixin/service.h"

namespace yixin {

// The request's own names for what the engine calls max_new_tokens, messages[i],
// json_schema.
struct FieldNames {
  std::string length = "max_tokens";
  std::string messages = "messages";
  std::string schema = "response_format";
  // A field beside the messages that the engine has as the first of them; empty: none.
  std::string system = {};
  bool one_message = false;  // the field is no list
  // The field `prompt` is a list, and so many replies in a row are to one of it; 0: it is no list.
  size_t replies_of_a_prompt = 0;
};

// An error of the engine in the words of the request. In: `index`, of its reply.
Error InWordsOf(const FieldNames& names, size_t index, Error error);

struct ReplyRequest {
  std::vector<ChatRequest> replies;
  std::string model;  // for the answer
  std::string user;
  bool stream = false;
  FieldNames names;
};

}  // namespace yixin
