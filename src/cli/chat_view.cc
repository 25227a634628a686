#include "cli/chat_view.h"

#include <fmt/format.h>

#include <utility>

#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "yixin/version.h"

namespace yixin {
namespace {

class Transcript : public ChatView {
 public:
  Transcript(Output& output, TranscriptStyle style) : output_(output), style_(style) {}

  void Ready(const ModelFacts& facts) override {
    if (!style_.live) return;
    output_.Line(Dim(fmt::format("一心 Yixin {} · {} · {} · {} 线程", kVersion,
                                 Printable(facts.name), facts.kernels, facts.threads)));
    output_.Line(Dim("/help 看命令，退出 或 Ctrl-D 离开"));
    output_.Line("");
  }

  void Said(std::string_view text, uint64_t) override {
    if (!style_.live) output_.Line(fmt::format("{}{}", kUserPrompt, Printable(text)));
  }

  void Mood(const Classification& mood) override { output_.Line(MoodLine(mood, style_.colours)); }

  void ReplyBegins() override {
    if (style_.live) OpenReply();
  }

  bool Piece(std::string_view text) override {
    OpenReply();
    return output_.Write(Printable(text)) && output_.Flush();
  }

  void ReplyEnds(const Reply& reply) override {
    OpenReply();
    output_.Line(Dim(Ending(reply.finish)));
    reply_open_ = false;
    if (reply.dropped_turns > 0) {
      Notice(fmt::format("（上下文满了，忘记了最早的 {} 轮）", reply.dropped_turns));
    }
    if (style_.live) output_.Line("");
  }

  void Notice(std::string_view text) override {
    CloseReply();
    output_.Line(Dim(Printable(text)));
  }

  void Moods(std::span<const MoodPoint> moods) override {
    Notice(moods.empty() ? "还没有心情可画" : "心情: " + DrawMoods(moods));
  }

  void Stats(const AssistantStats& stats) override {
    Notice(fmt::format("token: 计算 {} · 复用 {}", stats.tokens_computed, stats.tokens_reused));
    Notice(fmt::format("速度: 读入 {:.1f} tok/s · 生成 {:.1f} tok/s", stats.prefill_tokens_per_s,
                       stats.decode_tokens_per_s));
    Notice(fmt::format("内存: {} · 峰值 {}", FormatBytes(static_cast<double>(stats.memory_bytes)),
                       FormatBytes(static_cast<double>(stats.peak_memory_bytes))));
  }

  void Failure(const Error& error, uint64_t line) override {
    CloseReply();
    output_.Flush();
    if (style_.live) {
      ReportError(error);
    } else {
      ReportLineError(error, line);
    }
  }

 private:
  static std::string Ending(FinishReason finish) {
    switch (finish) {
      case FinishReason::kEnd:
        return "";
      case FinishReason::kLength:
      case FinishReason::kTimeout:
        return "…（/more 继续）";
      case FinishReason::kStopped:
        return "…（停下了，/more 继续）";
      case FinishReason::kRepetition:
        return "…（话在重复，停下了）";
    }
    return "";
  }

  std::string Dim(std::string_view text) const {
    return text.empty() ? "" : Painted(text, Colour::kDim, style_.colours);
  }

  void OpenReply() {
    if (std::exchange(reply_open_, true)) return;
    output_.Write(kReplyPrompt);
    output_.Flush();
  }

  void CloseReply() {
    if (std::exchange(reply_open_, false)) output_.Line("");
  }

  Output& output_;
  TranscriptStyle style_;
  bool reply_open_ = false;
};

class EventStream : public ChatView {
 public:
  explicit EventStream(Output& output) : output_(output) {}

  void Ready(const ModelFacts& facts) override {
    Emit("ready", {{"model", facts.name},
                   {"kernels", facts.kernels},
                   {"threads", facts.threads},
                   {"context", facts.context},
                   {"version", kVersion}});
  }
  void Said(std::string_view text, uint64_t line) override {
    Emit("user", {{"text", text}, {"line", line}});
  }
  void Mood(const Classification& mood) override { Emit("sentiment", ToJson(mood)); }
  void ReplyBegins() override {}
  bool Piece(std::string_view text) override { return Emit("text", {{"text", text}}); }
  void ReplyEnds(const Reply& reply) override { Emit("reply", ToJson(reply)); }
  void Notice(std::string_view text) override { Emit("notice", {{"text", text}}); }
  void Moods(std::span<const MoodPoint> moods) override {
    Json points = Json::array();
    for (const MoodPoint& mood : moods) {
      points.push_back({{"label", mood.label}, {"valence", mood.valence}});
    }
    Emit("mood", {{"moods", points}});
  }
  void Stats(const AssistantStats& stats) override {
    Emit("stats", {{"tokens_computed", stats.tokens_computed},
                   {"tokens_reused", stats.tokens_reused},
                   {"prefill_tokens_per_s", stats.prefill_tokens_per_s},
                   {"decode_tokens_per_s", stats.decode_tokens_per_s},
                   {"memory_bytes", stats.memory_bytes},
                   {"peak_memory_bytes", stats.peak_memory_bytes}});
  }
  void Failure(const Error& error, uint64_t line) override { Emit("error", ToJson(error, line)); }

 private:
  bool Emit(const char* event, const Json& fields) {
    Json json{{"event", event}};
    json.update(fields);
    return output_.Line(DumpLine(json));
  }

  Output& output_;
};

}  // namespace

std::unique_ptr<ChatView> MakeTranscript(Output& output, TranscriptStyle style) {
  return std::make_unique<Transcript>(output, style);
}

std::unique_ptr<ChatView> MakeEventStream(Output& output) {
  return std::make_unique<EventStream>(output);
}

}  // namespace yixin
