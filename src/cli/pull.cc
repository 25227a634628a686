// yixin pull: fetches a model. The last line of standard output is its path.
// Tested by: tests/e2e/models_test.py
#include "cli/console.h"
#include "cli/model_options.h"
#include "cli/verbs.h"

namespace yixin {

int RunPull(Words words) {
  std::string source;
  Arguments arguments(
      "yixin pull [OPTIONS] NAME | hf:ORG/REPO[@REVISION] | hf:ORG/REPO/FILE | PATH",
      "Fetches a model and verifies it by SHA-256; a pull that was cut goes on where it "
      "stopped.\n"
      "hf:ORG/REPO is a folder as transformers reads it, at one commit: configuration, tokenizer,\n"
      "safetensors. Afterwards it is called ORG/REPO.",
      "  yixin pull qwen2.5-0.5b\n"
      "  yixin pull hf:Qwen/Qwen2.5-0.5B-Instruct\n"
      "  yixin pull hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/"
      "qwen2.5-0.5b-instruct-q4_k_m.gguf\n"
      "  yixin pull ./model.gguf\n");
  arguments.AddText("--source", "NAME", "only this source (default: each in turn)", &source);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give one model to pull (yixin models lists the names)", "NAME"});
  }
  auto store = ModelStore::Open("");
  if (!store) return ReportError(store.error());
  const auto record = PullWithProgress(*store, arguments.operands().front().value, source);
  if (!record) return ReportError(record.error());
  StandardOutput().Line(record->path);
  return 0;
}

}  // namespace yixin
